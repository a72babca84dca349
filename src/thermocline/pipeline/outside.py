"""The stages of a system that lives in a package of its own: pipelines/SYSTEM.stages/dvc.yaml.

They are those of dvc.yaml, with one difference: dvc.yaml names the files of a system's folder in
this tree, which such a package has not; here its own files stand in their place, and whatever else
of ours it imports. The file is made, and made again when what is imported has changed: a stage
refuses to run where its entry no longer names all of its code.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from thermocline import systems
from thermocline.errors import BadConfig
from thermocline.files import write_text
from thermocline.systems.closure import METHODS, code_of, installed, own_code, own_place
from thermocline.systems.imports import SOURCES

FOLDER = "pipelines"
PROJECT = "THERMOCLINE_PROJECT"
"""Set for the stages of a rebuild: the project whose commit its tree is of."""
ITEM = "${item}"
HEAD = """# Made by `thermocline stages {name}`; not to be edited. The stages of dvc.yaml, for a
# system of another package: `dvc repro` runs them too, as the Bento needs what they register.
"""


def stage_files(root: str | Path) -> list[Path]:
    """The files of this kind that a project has."""
    return sorted((Path(root) / FOLDER).glob("*/dvc.yaml"))


def stage_file(name: str, root: str | Path = ".") -> Path:
    """Where that of a system is.

    The scripts of stages lie beside its folder, and Python would take one that is called as the
    system's package for that package. No package's name has a dot.
    """
    return Path(root) / FOLDER / f"{name}.stages" / "dvc.yaml"


def write_stages(name: str, root: str | Path = ".") -> Path:
    """Make the file of a system.

    Raises:
        BadConfig: for a system whose stages are those of dvc.yaml, where there is no such file, if
            params.yaml lacks a key that stages depend on, or for a system that was copied to where
            all packages are: what lies there nobody edits, and other machines have it elsewhere.
    """
    import yaml

    root = Path(root)
    pipeline, params = _read(root / "dvc.yaml"), _read(root / "params.yaml")
    if name in _listed(pipeline) or name in systems._built_in():
        raise BadConfig(
            f"the stages of {name} stand in dvc.yaml",
            where="thermocline stages",
            fix="nothing is to be made: `dvc repro` runs them",
        )
    if own_place(name).parent in installed():
        raise BadConfig(
            f"{name} is installed as a copy, which is at another place on each machine",
            where="thermocline stages",
            fix="install it with `pip install --no-deps -e FOLDER`: stages then name your files",
        )
    stages = {
        stage: {"foreach": [name], "do": _stage(stage, content["do"], name, root)}
        for stage, content in pipeline["stages"].items()
        if "foreach" in content
    }
    lacking = _lacking(stages, params, name)
    if lacking:
        keys = ", ".join(f"{key}: {{}}" for key in lacking)
        raise BadConfig(
            f"{name} has no {', '.join(lacking)}",
            where=str(root / "params.yaml"),
            fix=f"stages depend on each: write `{name}: {{{keys}, …}}`; {{}} takes what the "
            "system's section has",
        )
    path = stage_file(name, root)
    text = HEAD.format(name=name) + yaml.safe_dump({"stages": stages}, sort_keys=False, width=100)
    write_text(path, text)
    return path


def check_stage(stage: str, name: str, root: str | Path = ".") -> None:
    """That what stands in the system's file for a stage names all code that it runs.

    In a rebuild's tree, the code beside or in the project that is rebuilt (`PROJECT`) counts, too.

    Raises:
        BadConfig: if not; where there is no such file there is nothing to check.
    """
    path, root = stage_file(name, root), Path(root)
    if stage not in METHODS or not path.is_file():
        return
    try:
        said = set(_read(path)["stages"][stage]["do"]["deps"])
    except (KeyError, TypeError):
        said = set()
    projects = [root, *map(Path, filter(None, [os.environ.get(PROJECT)]))]
    places = {(project / dep).resolve().as_posix() for project in projects for dep in said}
    files = {_below(path, root): path.resolve().as_posix() for path in _files(stage, name, root)}
    lacking = [file for file in _uncovered(files, said) if _uncovered([files[file]], places)]
    if lacking:
        raise BadConfig(
            f"the stage {stage} runs {lacking[0]}"
            + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else "")
            + ", which it does not name",
            where=str(path),
            fix=f"run `thermocline stages {name}`, then go on",
        )


def _stage(stage: str, content: dict[str, Any], name: str, root: Path) -> dict[str, Any]:
    """What dvc.yaml says of a stage, of this system."""
    folder = f"src/thermocline/systems/{ITEM}"
    deps = [dep for dep in content["deps"] if not dep.startswith(folder)]
    deps.append(_below(own_place(name), root))
    code = _code(stage, name, root) if stage in METHODS else _own(name, root)
    deps += _uncovered(code, deps)
    here = Path(os.path.relpath(root, stage_file(name, root).parent)).as_posix()
    return {"wdir": here} | content | {"deps": deps}


def _code(stage: str, name: str, root: Path) -> list[str]:
    return [_below(path, root) for path in _files(stage, name, root)]


def _files(stage: str, name: str, root: Path) -> tuple[Path, ...]:
    script = root / FOLDER / f"{stage.replace('-', '_')}.py"
    return code_of(stage, name, script)


def _own(name: str, root: Path) -> list[str]:
    return [_below(path, root) for path in own_code(name)]


def _below(path: Path, root: Path) -> str:
    """A path as a stage names it: from the project's folder, wherever that is."""
    if path.is_relative_to(SOURCES):
        return (Path("src") / path.relative_to(SOURCES)).as_posix()
    return Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()


def _uncovered(files: Iterable[str], deps: Iterable[str]) -> list[str]:
    """Files that no dependency is or holds."""
    deps = set(deps)
    return [
        file
        for file in files
        if deps.isdisjoint([file, *(p.as_posix() for p in Path(file).parents)])
    ]


def _lacking(stages: dict[str, Any], params: Any, name: str) -> list[str]:
    """Keys of the system's section that stages depend on and params.yaml has not."""
    asked = [param for each in stages.values() for param in each["do"].get("params", ())]
    keys = [param.removeprefix(f"{ITEM}.") for param in asked if param.startswith(ITEM)]
    section = params.get(name) or {}
    return [key for key in dict.fromkeys(keys) if key not in section]


def _listed(pipeline: Any) -> list[str]:
    return [name for each in pipeline.get("vars", ()) for name in each.get("systems", ())]


def _read(path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as problem:
        raise BadConfig(
            "cannot be read", where=str(path), fix="run in the project's folder"
        ) from problem
