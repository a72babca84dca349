"""Files out of an archive on a web server; it is kept for as long as it is of use, not longer."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path

import requests

from thermocline.errors import BadData, BadFile
from thermocline.fetch.download import Progress, download
from thermocline.files import atomic_path

BLOCK = 2**20
MAX_MEMBER = 2**31
"""Bytes that a file in an archive may unpack to; the largest have 0.4 GB."""
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,  # says that it is encrypted, or packed in a way that is not known
    ValueError,
)
"""What `zipfile` raises for an archive that is not whole."""


class _Damaged(Exception):
    """The archive is not whole."""


def unpacked(
    address: str,
    names: tuple[str, ...],
    session: requests.Session,
    folder: Path,
    parts: Path,
    progress: Progress,
    size: int | None = None,
) -> None:
    """Fetch an archive and take some files out of it, by their exact names.

    The archive is removed when that is done; also when it is damaged or lacks a file, as the
    provider may have another by the next time. It stays if only the disk is at fault.

    Args:
        size: bytes of the archive, as it was planned.

    Raises:
        BadData: for a file that is not in it, or is too large.
        BadFile: for a damaged archive, or a disk that cannot be written to.
    """
    archive = parts / address.rpartition("/")[2]
    if not _holds(archive, names):
        download(address, archive, parts, session, progress, size)
    try:
        for name, member in _members(archive, names, address).items():
            with atomic_path(folder / name) as temporary, temporary.open("wb") as stream:
                stream.writelines(_blocks(archive, member))
    except _Damaged as problem:
        archive.unlink(missing_ok=True)
        raise BadFile(
            f"is no whole archive ({problem})", where=address, fix="run the command again"
        ) from problem
    except BadData:
        archive.unlink(missing_ok=True)
        raise
    except OSError as problem:
        raise BadFile(
            f"cannot be unpacked on this disk ({problem.strerror or problem})",
            where=str(archive),
            fix="make room and run the command again; the archive is kept",
        ) from problem
    archive.unlink(missing_ok=True)


def _holds(archive: Path, names: tuple[str, ...]) -> bool:
    """Whether an archive is there and has these files; an old one may lack the newest."""
    if not zipfile.is_zipfile(archive):
        return False
    try:
        return set(names) <= _directory(archive).keys()
    except (_Damaged, OSError):
        return False


def _directory(archive: Path) -> dict[str, zipfile.ZipInfo]:
    with _reading(), zipfile.ZipFile(archive) as opened:
        return {member.filename: member for member in opened.infolist()}


def _members(archive: Path, names: tuple[str, ...], address: str) -> dict[str, zipfile.ZipInfo]:
    """What the archive has under these names; raises BadData if it lacks one."""
    held = _directory(archive)
    for name in names:
        if name not in held:
            raise BadData(
                f"{name} is not in it", where=address, fix="ask for another period, or later again"
            )
        if held[name].file_size > MAX_MEMBER:
            raise BadData(f"{name} is too large", where=address, fix="ask for another period")
    return {name: held[name] for name in names}


def _blocks(archive: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a file; what goes wrong where it is written is not caught here."""
    with _reading(), zipfile.ZipFile(archive) as opened, opened.open(member) as packed:
        while block := packed.read(BLOCK):
            yield block


@contextmanager
def _reading() -> Iterator[None]:
    """What is the archive's fault, as `_Damaged`; what the system says of itself, as it is."""
    try:
        yield
    except (*DAMAGE, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno not in (None, EINVAL):
            raise
        said = " ".join(str(problem).split())[:100]
        raise _Damaged(said or type(problem).__name__) from problem
