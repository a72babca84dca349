"""The files that are gathered: those given, and those in folders that are given."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from thermocline.errors import BadFile
from thermocline.sources.gathering.one_file import is_gathered


def listed(paths: Iterable[str | os.PathLike[str]], output: Path) -> list[Path]:
    """The files, and those in folders and below, but for hidden ones and the output; each once.

    Links are followed, and those that lead nowhere are listed: whoever reads them says so.

    Raises:
        BadFile: for a folder without files, or an output that would take the place of one.
    """
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        inside = [path]
        if path.is_dir():
            inside = [each for each in sorted(_below(path)) if not _is_output(each, output)]
            if not inside:
                raise BadFile("holds no file", where=str(path), fix="give files of profiles")
        for each in inside:
            found.setdefault(os.path.realpath(each), each)
    return list(found.values())


def _below(folder: Path) -> Iterator[Path]:
    """Files in a folder and those below it, each folder once; not those with hidden names."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_raise):
        seen.add(os.path.realpath(place))
        folders[:] = [
            name
            for name in sorted(folders)
            if name[0] != "." and os.path.realpath(Path(place, name)) not in seen
        ]
        for file in (Path(place, name) for name in names if name[0] != "."):
            if file.is_file() or not file.exists():
                yield file


def _raise(problem: OSError) -> None:
    raise problem


def _is_output(path: Path, output: Path) -> bool:
    """Whether it is what an earlier run wrote there; raises BadFile for a file of anyone else."""
    folder, other = (os.path.realpath(each.parent) for each in (path, output))
    if (folder, path.name) != (other, output.name) or not path.exists():
        return False
    if is_gathered(path):
        return True
    raise BadFile(
        "the gathered profiles would replace a file that was given",
        where=str(output),
        fix="name another output",
    )
