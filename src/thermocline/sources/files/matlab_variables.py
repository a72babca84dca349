"""Variables of a MATLAB file (version 5 to 7), by what they say of themselves.

Of a packed one the first bytes are unpacked for its name and shape, and all of it, in blocks that
are not kept, to see that it is as large as it says: what scipy allocates follows from such words.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from thermocline.errors import BadFile

MAX_UNPACKED = 2**29
"""Bytes; the largest real ones have 25 million. A packed megabyte may hold a thousand."""
HEADER, TAG, HEAD, BLOCK = 128, 8, 2**10, 2**20
COMPRESSED, MATRIX = 15, 14
FIRST = (6,), (5, 6), (1, 16)
"""Types that the first three elements of a variable may have: flags, shape and name."""
CLASSES, COMPLEX = range(6, 16), 0x800
"""Arrays of numbers, and the flag of those that have imaginary parts."""
STORED = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13}
"""Types that numbers may be stored in."""


@dataclass(frozen=True)
class Variable:
    """What a variable says of itself.

    Attributes:
        size: how many bytes it has, without its tag.
        numeric: whether it is an array of real numbers, stored as such. Of anything else scipy may
            make far more than it has, or end the process.
    """

    name: str
    shape: tuple[int, ...]
    size: int
    numeric: bool


def variables(path: Path) -> list[Variable]:
    """Those of a file; nothing but their first bytes is unpacked.

    Raises:
        BadFile: if they say that they have more than `MAX_UNPACKED` bytes together, or two have one
            name.
        ValueError, struct.error, zlib.error: for a damaged file.
    """
    with path.open("rb") as stream:
        order = _order(stream)
        found = [_first(stream, order, *each)[0] for each in _elements(stream, order)]
    if sum(each.size for each in found) > MAX_UNPACKED:
        raise BadFile(
            f"holds more than {MAX_UNPACKED // 2**20} MB",
            where=str(path),
            fix="save the variables that are needed alone",
        )
    if len({each.name for each in found}) < len(found):
        raise BadFile("two variables have one name", where=str(path), fix="save it again")
    return found


def check_sizes(path: Path) -> None:
    """Raise ValueError if a packed variable is larger than it says; zlib.error if it is damaged."""
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
    """The order of bytes, as `struct` writes it, by the end of the file's header."""
    return ">" if stream.read(HEADER)[126:] == b"MI" else "<"


def _elements(stream: BinaryIO, order: str) -> Iterator[tuple[int, int, int]]:
    """Type, first byte and size of each element."""
    while len(tag := stream.read(TAG)) == TAG:
        kind, size = struct.unpack(f"{order}II", tag)
        begin = stream.tell()
        yield kind, begin, size
        stream.seek(begin + size)


def _first(stream: BinaryIO, order: str, kind: int, begin: int, size: int) -> tuple[Variable, bool]:
    """The variable that an element is, and whether it is packed."""
    if kind == COMPRESSED:
        return _variable(next(_unpacked(stream, begin, size, HEAD), b""), order), True
    stream.seek(begin - TAG)
    return _variable(stream.read(min(TAG + size, HEAD)), order), False


def _unpacked(stream: BinaryIO, begin: int, size: int, most: int) -> Iterator[bytes]:
    """What a packed element holds, in blocks of `most` bytes or fewer."""
    unpacker, end = zlib.decompressobj(), begin + size
    stream.seek(begin)
    while packed := stream.read(min(BLOCK, end - stream.tell())):
        while packed and not unpacker.eof:
            if block := unpacker.decompress(packed, most):
                yield block
            packed = unpacker.unconsumed_tail


def _variable(head: bytes, order: str) -> Variable:
    """What the first bytes of an unpacked variable say, from its tag on."""
    kind, size = struct.unpack_from(f"{order}II", head)
    if kind != MATRIX:
        raise ValueError("an element is no variable")
    at, parts = TAG, []
    for allowed in FIRST:
        kind, begin, length, at = _element(head, at, order)
        if kind not in allowed or begin + length > len(head):
            raise ValueError("the first elements of a variable are others")
        parts.append(head[begin : begin + length])
    flags = struct.unpack_from(f"{order}I", parts[0])[0]
    shape = struct.unpack(f"{order}{len(parts[1]) // 4}i", parts[1])
    numeric = flags & 0xFF in CLASSES and not flags & COMPLEX
    if numeric:
        kind, begin, length, _ = _element(head, at, order)
        numeric = kind in STORED and begin + length <= TAG + size
    return Variable(parts[2].decode("latin-1"), shape, size, numeric)


def _element(head: bytes, at: int, order: str) -> tuple[int, int, int, int]:
    """Type, first byte and length of an element that begins at a byte, and where the next does."""
    kind, length = struct.unpack_from(f"{order}II", head, at)
    if kind >> 16:  # a small one: type and length in four bytes, the content in four more
        return kind & 0xFFFF, at + 4, kind >> 16, at + TAG
    begin = at + TAG
    return kind, begin, length, begin + -(-length // TAG) * TAG
