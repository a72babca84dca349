"""Parts of an archive: each is made on its own, kept in a file, and not made twice.

A part is named by a digest of all that decides it: the function that makes it and its arguments,
size and time of change of the files that it reads, and the code. Its file is a store without
statistics, beside a note of the file's own digest; a file that is damaged, or cut short, is made
again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from inspect import getsourcefile
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from thermocline.files import atomic_path, sha256_arrays, sha256_file
from thermocline.prepare.sample import Packed, Sample
from thermocline.prepare.store import Store
from thermocline.prepare.writer import write_store

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "xarray", "netCDF4")
"""What values are computed with."""


@dataclass(frozen=True)
class Part:
    """Some samples of a system, such as those of one raw file; it can be sent to other processes.

    Attributes:
        name: for people.
        function: a function of a module, that gives the samples.
        arguments: what it is called with: see `stated`.
        reads: the raw files that it reads.
        heavy: it takes minutes whatever it reads, as a simulation does.
    """

    name: str
    function: Callable[..., Iterable[Sample]]
    arguments: tuple[Any, ...]
    reads: tuple[Path, ...] = ()
    heavy: bool = False

    def samples(self) -> Iterable[Sample]:
        """Makes the samples."""
        return self.function(*self.arguments)

    def key(self, code: str) -> str:
        """Its name in the folder of parts; `code` is a `code_digest`."""
        seen = [(str(path), (s := path.stat()).st_size, s.st_mtime_ns) for path in self.reads]
        own = getsourcefile(self.function)
        said = (code, sha256_file(own) if own else "", self.name, stated(self.function), seen)
        return sha256(f"{said} {stated(self.arguments)}".encode()).hexdigest()[:32]


def ensure(part: Part, folder: Path, code: str) -> Path:
    """The part's file, a store: the one that is there, if it is whole, else a new one."""
    path = folder / f"{part.key(code)}.nc"
    note = path.with_suffix(".json")
    if path.is_file() and _noted(note) == {"sha256": sha256_file(path)}:
        return path
    write_store(path, part.samples(), part.name, compressed=False)
    with atomic_path(note) as temporary:
        temporary.write_text(json.dumps({"sha256": sha256_file(path)}), encoding="utf-8")
    return path


def written(path: Path) -> Iterator[Packed]:
    """Samples of a part's file, packed, those of a group in the order in which they were made."""
    return Store.open(path).written()


def _noted(note: Path) -> object:
    try:
        return json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@cache
def code_digest() -> str:
    """Digest of this package's modules, and of the versions of what they compute with."""
    digest = sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(PACKAGE)} {sha256_file(path)}".encode())
    return digest.hexdigest()


def stated(value: Any) -> str:
    """A value in words that are the same in every process.

    Args:
        value: made of plain values, paths, arrays, dates, sections of params.yaml, dataclasses,
            functions of modules, grids, and sequences and mappings of these.

    Raises:
        TypeError: for anything else.
    """
    if value is None or isinstance(value, str | int | float | bool | slice | Path):
        return repr(value)
    if isinstance(value, np.ndarray):
        return sha256_arrays(value)
    if isinstance(value, np.datetime64 | np.number):
        return f"{value.dtype} {value}"
    if isinstance(value, BaseModel):
        # How many workers make a part, and where, decides nothing.
        return value.model_dump_json(exclude={"prepare"})
    if isinstance(value, partial):
        return stated((value.func, value.args, value.keywords))
    if is_dataclass(value) and not isinstance(value, type):
        return stated({each.name: getattr(value, each.name) for each in fields(value)})
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k}: {stated(v)}' for k, v in value.items())}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(stated(each) for each in value)}]"
    if hasattr(value, "describe"):
        return json.dumps(value.describe(), sort_keys=True)
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    raise TypeError(f"{type(value).__name__} cannot be stated")
