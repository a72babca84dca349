"""Headers of the variables of a MATLAB file (version 5 to 7).

scipy allocates the memory that headers ask for. So they are checked first: of a compressed variable
the first bytes are decompressed for its name and shape, and then all of it, in blocks that are not
kept, to see that it is not larger than its header says.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from thermocline.errors import BadFile

MAX_UNPACKED = 2**29
"""Most bytes of all variables; the largest real files have 25 million."""
HEADER, TAG, HEAD, BLOCK = 128, 8, 2**10, 2**20
COMPRESSED, MATRIX = 15, 14
FIRST = (6,), (5, 6), (1, 16)
"""Allowed types of the first three elements of a variable: flags, shape and name."""
CLASSES, COMPLEX = range(6, 16), 0x800
"""Classes of arrays of numbers, and the flag of arrays with imaginary parts."""
STORED = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13}
"""Types that numbers may be stored in."""


@dataclass(frozen=True)
class Variable:
    """The header of a variable.

    Attributes:
        size: in bytes, without its tag.
        numeric: whether it is an array of real numbers, stored as such. From anything else scipy
            may allocate far more memory than `size`, or end the process.
    """

    name: str
    shape: tuple[int, ...]
    size: int
    numeric: bool


def variables(path: Path) -> list[Variable]:
    """The variables of a file; only their first bytes are decompressed.

    Raises:
        BadFile: if they claim more than `MAX_UNPACKED` bytes together, or two have the same name.
        ValueError, struct.error, zlib.error: for a damaged file.
    """
    with path.open("rb") as stream:
        order = _order(stream)
        found = [_first(stream, order, *each)[0] for each in _elements(stream, order)]
    if sum(each.size for each in found) > MAX_UNPACKED:
        raise BadFile(
            f"holds more than {MAX_UNPACKED // 2**20} MB",
            where=str(path),
            fix="save only the variables that are needed",
        )
    if len({each.name for each in found}) < len(found):
        raise BadFile("two variables have the same name", where=str(path), fix="save it again")
    return found


def check_sizes(path: Path) -> None:
    """Raise ValueError if a compressed variable is larger than its header says.

    Raises:
        zlib.error: if it is damaged.
    """
    with path.open("rb") as stream:
        order = _order(stream)
        for element in _elements(stream, order):
            variable, packed = _first(stream, order, *element)
            said, size = TAG + variable.size, 0
            for block in _unpacked(stream, *element[1:], BLOCK) if packed else ():
                size += len(block)
                if size > said:
                    raise ValueError("a variable is larger than it says")


def _order(stream: BinaryIO) -> str:
    """The byte order, as `struct` writes it, by the end of the file's header."""
    return ">" if stream.read(HEADER)[126:] == b"MI" else "<"


def _elements(stream: BinaryIO, order: str) -> Iterator[tuple[int, int, int]]:
    """Type, first byte and size of each element."""
    while len(tag := stream.read(TAG)) == TAG:
        kind, size = struct.unpack(f"{order}II", tag)
        begin = stream.tell()
        yield kind, begin, size
        stream.seek(begin + size)


def _first(stream: BinaryIO, order: str, kind: int, begin: int, size: int) -> tuple[Variable, bool]:
    """The variable of an element, and whether it is compressed."""
    if kind == COMPRESSED:
        return _variable(next(_unpacked(stream, begin, size, HEAD), b""), order), True
    stream.seek(begin - TAG)
    return _variable(stream.read(min(TAG + size, HEAD)), order), False


def _unpacked(stream: BinaryIO, begin: int, size: int, most: int) -> Iterator[bytes]:
    """The content of a compressed element, in blocks of at most `most` bytes."""
    unpacker, end = zlib.decompressobj(), begin + size
    stream.seek(begin)
    while packed := stream.read(min(BLOCK, end - stream.tell())):
        while packed and not unpacker.eof:
            if block := unpacker.decompress(packed, most):
                yield block
            packed = unpacker.unconsumed_tail


def _variable(head: bytes, order: str) -> Variable:
    """The variable whose first bytes, from its tag on, are `head`."""
    kind, size = struct.unpack_from(f"{order}II", head)
    if kind != MATRIX:
        raise ValueError("an element is not a variable")
    at, parts = TAG, []
    for allowed in FIRST:
        kind, begin, length, at = _element(head, at, order)
        if kind not in allowed or begin + length > len(head):
            raise ValueError("the first elements of a variable have unexpected types")
        parts.append(head[begin : begin + length])
    flags = struct.unpack_from(f"{order}I", parts[0])[0]
    shape = struct.unpack(f"{order}{len(parts[1]) // 4}i", parts[1])
    numeric = flags & 0xFF in CLASSES and not flags & COMPLEX
    if numeric:
        kind, begin, length, _ = _element(head, at, order)
        numeric = kind in STORED and begin + length <= TAG + size
    return Variable(parts[2].decode("latin-1"), shape, size, numeric)


def _element(head: bytes, at: int, order: str) -> tuple[int, int, int, int]:
    """Type, first byte and length of the element at `at`, and where the next one begins."""
    kind, length = struct.unpack_from(f"{order}II", head, at)
    if kind >> 16:  # a small one: type and length in four bytes, the content in four more
        return kind & 0xFFFF, at + 4, kind >> 16, at + TAG
    begin = at + TAG
    return kind, begin, length, begin + -(-length // TAG) * TAG
