"""The code that a stage runs: every module of this package that its imports lead to.

Found by reading sources (`imports`). Of a system only the parts that the stage asks for are
followed (`folder.PARTS`), so that a change of its figures is no reason to train again. The modules
in `RECORDS` write down results and compute none, so they are not followed. For example, `train` of
a system leads to its network, its loss, `training/fit.py` and `diffusion/`, but not to its figures
or to MLflow.

A test compares the dependencies in dvc.yaml with this, and a training is resumed only under the
same digest.
"""

import inspect
import sysconfig
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel

from thermocline import systems
from thermocline.config import Config
from thermocline.files import sha256_file
from thermocline.systems.folder import PARTS
from thermocline.systems.imports import at_once, file_of, finds_by_name, imports_of, tree_of

LOCK = "requirements.lock"

RECORDS = (
    "thermocline.cli",
    "thermocline.pipeline",
    "thermocline.predict",
    "thermocline.registry",
    "thermocline.tuning.decision",
)
"""What calls, writes down how a stage went, or finds what was registered: it computes nothing."""

BY_NAME = ("thermocline.systems", "thermocline.systems.endpoint", "thermocline.systems.folder")
"""These import systems and their parts by name; which ones is known from `PARTS`."""

METHODS = {
    "validate-raw": ("raw",),
    "prepare": ("prepare",),
    "validate-prepared": ("standardised",),
    "baselines": ("tune_baselines",),
    "tune": ("trials",),
    "train": ("training",),
    "calibrate": ("calibrate", "trials"),
    "evaluate": ("evaluate",),
}
"""What a stage asks of a system, besides its section of params.yaml."""


@cache
def code_of(stage: str, system: str, script: Path | None = None) -> tuple[Path, ...]:
    """Files of this package that a stage of a system runs, in order.

    Args:
        stage: as dvc.yaml calls it, such as `train`.
        script: the stage's file in `pipelines/`, whose imports count too.
    """
    methods = ("section", *METHODS[stage])
    home = f"thermocline.systems.{system}"
    start = list(_script_imports(script)) if script else []
    if file_of(home):
        start += [f"{home}.{PARTS[part].partition(':')[0]}" for part in methods]
        return _closure(start, frozenset({home}))
    # A system of another package counts whole: all its files, and what they import of ours.
    own = own_code(system)
    ours = [name for path in own for name in imports_of(tree_of(path))]
    return (*own, *_closure([*start, *ours], frozenset()))


@cache
def own_code(system: str) -> tuple[Path, ...]:
    """The Python files of a system of another package, in order.

    They are all of its package, whichever of them the system's own leads to; of a module that is
    in none, its file and the modules beside it that it imports, directly or not; where all
    packages are installed, its file alone.
    """
    home = own_place(system)
    if home.is_dir():
        return tuple(sorted(home.rglob("*.py")))
    if home.parent in installed():
        return (home,)
    waiting, seen = [home], set[Path]()
    while waiting:
        path = waiting.pop()
        if path not in seen and path.is_file():
            seen.add(path)
            roots = {name.partition(".")[0] for name in imports_of(tree_of(path))}
            for place in (home.with_name(root) for root in sorted(roots)):
                waiting += [place.with_suffix(".py"), *place.rglob("*.py")]
    return tuple(sorted(seen))


@cache
def own_place(system: str) -> Path:
    """The folder of the package that a system of another package lies in, or its file."""
    kind = type(systems.get(system))
    file = Path(inspect.getfile(kind)).resolve()
    depth = kind.__module__.count(".") + (file.name == "__init__.py")
    return file.parents[depth - 1] if depth else file


def installed() -> set[Path]:
    """The folders that packages are installed into."""
    return {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}


def code_digest(stage: str, system: str, root: Path = Path()) -> str:
    """Digest of the code of a stage, and of the locked packages.

    Args:
        root: the project's folder, where the lock file is; without one, of the code alone.
    """
    lock = [root / LOCK] if (root / LOCK).is_file() else []
    return _digest([*code_of(stage, system), *lock])


def training_key(
    system: str,
    config: Config,
    data_digest: str,
    sections: Iterable[BaseModel],
    besides: object = "",
    root: Path = Path(),
) -> str:
    """Digest of all that decides a network's weights: checkpoints of another are not continued.

    Args:
        sections: of params.yaml that decide them.
        besides: what else does, but data, seed and code.
    """
    digest = sha256(f"{config.seed} {data_digest} {besides}".encode())
    for section in sections:
        digest.update(section.model_dump_json().encode())
    digest.update(code_digest("train", system, root).encode())
    return digest.hexdigest()[:16]


def module_digest(name: str) -> str:
    """Digest of a module of this package and of all that it imports."""
    return _digest(_closure([name], frozenset()))


def _digest(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        digest.update(sha256_file(path).encode())
    return digest.hexdigest()


def _closure(start: Iterable[str], homes: frozenset[str]) -> tuple[Path, ...]:
    """Files of modules and of what they import; of `homes` the file alone."""
    waiting, seen = list(start) + sorted(homes), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or _is_record(name) or not file_of(name):
            continue
        seen.add(name)
        package, _, _ = name.rpartition(".")
        waiting.append(package)
        path = file_of(name)
        # Of a system's own `__init__` only its top-level imports; other systems are ignored.
        if name in homes and path:
            waiting += imports_of(at_once(tree_of(path)))
        elif path and not _is_system(name):
            waiting += imports_of(tree_of(path))
            if name not in BY_NAME and finds_by_name(tree_of(path)):
                waiting += _siblings(name, path)
    return tuple(sorted(path for name in seen if (path := file_of(name))))


def _siblings(name: str, path: Path) -> list[str]:
    """The modules of a package, or beside a module."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return [f"{package}.{other.stem}" for other in path.parent.glob("*.py")]


def _is_record(name: str) -> bool:
    return any(name == r or name.startswith(f"{r}.") for r in RECORDS)


def _is_system(name: str) -> bool:
    path = file_of(name)
    return bool(
        path
        and name.count(".") == 2
        and name.startswith("thermocline.systems.")
        and path.name == "__init__.py"
    )


@cache
def _script_imports(script: Path) -> list[str]:
    """What a script imports, and what the scripts beside it do that it imports."""
    found = imports_of(tree_of(script))
    beside = [script.with_name(f"{name}.py") for name in found if "." not in name]
    return found + [name for path in beside if path.is_file() for name in imports_of(tree_of(path))]
