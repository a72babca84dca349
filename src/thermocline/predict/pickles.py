"""Files that run code when they are loaded: pickles, and what wraps them. Models hold none.

Nothing here is unpickled. A file is told by its name; by being an archive or compressed (torch
writes zip files, joblib compresses); or by its opcodes, read as `pickletools` names them with the
state of the stack: text and numbers stop being a pickle within a few bytes.
"""

import io
import pickletools
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from thermocline.errors import BadFile

PICKLES = {
    *(".bin", ".ckpt", ".cloudpickle", ".dill", ".joblib", ".keras", ".mar", ".npy", ".npz"),
    *(".pickle", ".pkl", ".pt", ".pt2", ".pth", ".ptl", ".skops", ".torch"),
}
"""Endings of names under which frameworks store pickles or archives of them."""

_WRAPPED = {
    b"PK": "a zip archive, such as torch and skops write",
    b"\x1f\x8b": "compressed with gzip",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstandard",
    b"\x04\x22\x4d\x18": "compressed with lz4",
}
_OPCODES = {opcode.code for opcode in pickletools.opcodes}
_CALLS = {"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD", "STACK_GLOBAL"}


def refuse_pickles(folder: str | Path) -> None:
    """Look at every file below `folder`, without loading any.

    Raises:
        BadFile: naming the first file that is, or may hold, a pickle.
    """
    folder = Path(folder)
    for path in sorted(folder.rglob("*")):
        reason = why_pickle(path) if path.is_file() else ""
        if reason:
            raise BadFile(
                f"this may be a pickle ({reason}), which runs code when it is loaded",
                where=path.relative_to(folder).as_posix(),
                fix="models hold safetensors, JSON, text and code only: take the file away, and "
                "find out who put it there",
            )


def why_pickle(path: Path) -> str:
    """Why a file is taken for a pickle or an archive that may hold one; "" if it is not."""
    if path.suffix.lower() in PICKLES:
        return f"its name ends in {path.suffix}"
    with path.open("rb") as stream:
        head = stream.read(512)
    for magic, reason in _WRAPPED.items():
        if head.startswith(magic):
            return reason
    if head[257:262] == b"ustar":
        return "a tar archive"
    if _zlib(head):
        return "compressed with zlib, as joblib does"
    if _zip_at_end(path):
        return "a zip archive behind other bytes"
    return _why_opcodes(path.read_bytes()) if head[:1].decode("latin-1") in _OPCODES else ""


def _zlib(head: bytes) -> bool:
    if head[:1] != b"\x78":
        return False
    try:
        zlib.decompressobj().decompress(head)
    except zlib.error:
        return False
    return True


def _zip_at_end(path: Path) -> bool:
    """Whether it can be opened as a zip: archives are found by their end, whatever is before."""
    if not zipfile.is_zipfile(path):  # which looks for four bytes, and may find them by chance
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return bool(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _why_opcodes(content: bytes) -> str:
    """Whether the file begins with a pickle, whole or cut off: an unpickler runs as it reads."""
    stream = io.BytesIO(content)
    names: list[str] = []
    for name in _operations(stream):
        names.append(name)
        if name in _CALLS:
            return f"its opcodes call {name}"
        if names[0] == "PROTO" and len(names) > 2:
            return "it begins as a pickle of protocol 2 or later does"
    whole = stream.tell() == len(content) or not content[stream.tell() :].strip()
    return (
        "its opcodes are a pickle's" if names[-1:] == ["STOP"] and len(names) > 1 and whole else ""
    )


def _operations(stream: io.BytesIO) -> Iterator[str]:
    """Names of the opcodes, as long as they are valid and the stack holds what they take."""
    stack: list[object] = []
    mark = pickletools.markobject
    try:
        for opcode, _, _ in pickletools.genops(stream):
            takes = list(opcode.stack_before)
            if mark in takes or (opcode.name == "POP" and stack[-1:] == [mark]):
                while stack.pop() is not mark:
                    pass
                takes = takes[: takes.index(mark)] if mark in takes else []
            for _ in takes:
                if stack.pop() is mark:
                    return
            stack += opcode.stack_after
            yield opcode.name
    except Exception:  # whatever a parser of opcodes finds wrong with other files: IndexError too
        return
