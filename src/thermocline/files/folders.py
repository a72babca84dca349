"""The files of a folder that are read, and those beside them that would be passed over."""

from collections.abc import Iterator
from pathlib import Path

from thermocline.errors import BadFile

PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".tgz", ".7z")
"""Ends of packed files' names."""
OTHER_ENDS = (".nc4", ".netcdf", ".cdf", ".nc3", ".ncdf")
"""Ends of NetCDF files' names, beside .nc."""


def files_of(folder: Path, pattern: str, *, others_below: bool = False) -> list[Path]:
    """The files of a folder that match, sorted.

    Args:
        pattern: of names that end in .nc, such as `thetao_*.nc`.
        others_below: whether folders below hold something else, such as profiles.

    Raises:
        BadFile: if there is none, or if data lie there that nobody would read: packed, under a name
            with another end, or in a folder below (unless `others_below`).
    """
    found = sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))
    begin = pattern.removesuffix(".nc")
    for path, fix in _passed_over(folder, begin if others_below else f"**/{begin}"):
        raise BadFile("this file would not be read", where=str(path), fix=fix)
    if not found:
        raise BadFile(
            f"no {pattern} here",
            where=str(folder),
            fix="run `dvc pull` for the bundled files, or put your own there: docs/fetch.md",
        )
    return found


def _passed_over(folder: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    """Files that would be read, were it not for their place or their name's end; and what to do."""
    for path in sorted(folder.glob(pattern)):
        inside = path.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts) or not path.is_file():
            continue
        name = path.name.lower()
        if name.endswith(PACKED):
            yield path, f"unpack it into {folder}, or move it away"
        elif name.endswith(OTHER_ENDS) or (name.endswith(".nc") and path.suffix != ".nc"):
            yield path, "give it a name that ends in .nc, or move it away"
        elif name.endswith(".nc") and len(inside.parts) > 1:
            yield path, f"move it into {folder} itself, or away"
