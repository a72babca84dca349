"""Opening files of unknown content: only local ones, read-only, complete, and of a sane size.

Nothing here unpickles, follows a URL or writes.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from thermocline.errors import BadFile
from thermocline.sources.files.classic import classic_length
from thermocline.sources.files.unsupported import refuse_other, refuse_store

T = TypeVar("T")
MAX_ELEMENTS = 200_000_000
"""Most values that are read at once, so that a forged size does not exhaust the memory."""

_MAGIC = {
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"CDF\x01": "classic",
    b"CDF\x02": "classic",
    b"CDF\x05": "classic",
    b"MATLAB 5.0": "matlab",
    b"MATLAB 7.3": "matlab73",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def reason(problem: Exception) -> str:
    """What a library found wrong, without the values and paths that its message may contain."""
    text = (problem.strerror or "") if isinstance(problem, OSError) else str(problem)
    return text if text.startswith("NetCDF: ") else type(problem).__name__


def local_file(path: str | os.PathLike[str]) -> Path:
    """The path of an existing, non-empty, local file; raises BadFile for anything else."""
    text = os.fspath(path)
    if re.match(r"\s*(\[.*\])?\s*[A-Za-z][A-Za-z0-9+.-]+:/", text):
        raise BadFile("is a URL", where=text, fix="download it and give the file's name")
    found = Path(text)
    if not found.is_file():
        refuse_store(found, text)
        raise BadFile(
            "is a folder" if found.is_dir() else "no such file", where=text, fix="check the path"
        )
    if found.stat().st_size == 0:
        raise BadFile("the file is empty", where=text, fix="download it again")
    return found.resolve()


def container(path: Path) -> str:
    """Kind of file by its first bytes: hdf5, classic, matlab, gzip, …, html, text or binary."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "html"
    if _is_wide(head):
        return "utf-16 without its mark"
    # The block may end inside a character, which does not make the file binary.
    text = head.decode("utf-8", errors="ignore")
    printable = sum(c.isprintable() or c in "\r\n\t\ufeff" for c in text)
    whole = len(text.encode()) > 0.9 * len(head)
    return "text" if whole and printable >= 0.97 * len(text) else "binary"


def _is_wide(head: bytes) -> bool:
    """Whether bytes are mostly ASCII characters of two bytes each."""
    text, zeros = sorted((head[::2], head[1::2]), key=lambda part: part.count(0))
    plain = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in text)
    return len(zeros) > 4 and zeros.count(0) > 0.9 * len(zeros) and plain > 0.9 * len(text)


def open_whole(path: str | os.PathLike[str], opener: Callable[[Path], T]) -> T:
    """The result of `opener` for a complete NetCDF file.

    Raises:
        BadFile: for a URL, a missing or empty file, another format, a file cut short, or one that
            takes values from other files.
    """
    found = local_file(path)
    kind = container(found)
    refuse_other(found, kind, str(path))
    if kind in ("gzip", "zip", "bzip2"):
        raise BadFile(f"is compressed with {kind}", where=str(path), fix="unpack it first")
    if kind.startswith("utf-16"):
        what = "is text in UTF-16" + kind.removeprefix("utf-16")
        raise BadFile(what, where=str(path), fix="save it as UTF-8")
    if kind == "html":
        raise BadFile(
            "is a web page saved in place of the data, such as a log-in page",
            where=str(path),
            fix="log in at the provider and download it again",
        )
    if kind not in ("hdf5", "classic"):
        raise BadFile(
            f"truncated or not NetCDF ({_resemblance(found, kind)})",
            where=str(path),
            fix="give a NetCDF file, or download it again",
        )
    if kind == "classic":
        try:
            needed = classic_length(found)
        except (EOFError, IndexError) as problem:
            raise _truncated(path, str(problem)) from problem
        if found.stat().st_size < needed:
            raise _truncated(path, f"{found.stat().st_size} bytes of at least {needed}")
    try:
        return opener(found)
    except BadFile as problem:
        raise BadFile(problem.what, where=os.fspath(path), fix=problem.fix) from problem
    except (OSError, RuntimeError, ValueError, UnicodeError) as problem:
        raise _truncated(path, reason(problem)) from problem


def _resemblance(path: Path, kind: str) -> str:
    """What a file that is not NetCDF looks like, in words for a message."""
    size = path.stat().st_size
    nsidc = re.fullmatch(r"nt_\d+_.*_([ns])\.bin", path.name)
    if nsidc is None:
        return f"it begins like a {kind} file"
    # A header of 300 bytes and one byte for each cell of the polar stereographic 25 km grid.
    whole = 300 + {"n": 448 * 304, "s": 332 * 316}[nsidc.group(1)]
    return f"an NSIDC ice concentration binary, {size:,} of {whole:,} bytes"


def _truncated(path: str | os.PathLike[str], detail: str) -> BadFile:
    return BadFile(
        f"truncated or not NetCDF: {detail}", where=os.fspath(path), fix="download it again"
    )
