"""How large a MATLAB file gets when it is unpacked, found without holding it in memory."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_UNPACKED = 2**29
"""Bytes; the largest real ones have 25 million. A packed megabyte may hold a thousand."""
HEADER, TAG, BLOCK = 128, 8, 2**20
COMPRESSED, MATRIX = 15, 14


def unpacks_within(path: Path, most: int = MAX_UNPACKED) -> bool:
    """Whether all compressed variables of a file of version 5 to 7 have at most `most` bytes.

    What scipy allocates follows from what a variable says of itself inside; this counts what is
    really there, in blocks, before scipy sees it: of each variable no more than it says, and
    nothing of one that says too much. Raises zlib.error for damaged ones, and for those that lie.
    """
    unpacked = 0
    with path.open("rb") as stream:
        order = ">" if stream.read(HEADER)[126:] == b"MI" else "<"
        while len(tag := stream.read(TAG)) == TAG:
            kind, size = struct.unpack(f"{order}II", tag)
            following = stream.tell() + size
            if kind == COMPRESSED:
                blocks = _unpacked(stream, size)
                said = _size_of_matrix(next(blocks, b""), order)
                if unpacked + said > most:
                    return False
                unpacked += _counted(blocks, said)
            stream.seek(following)
    return True


def _unpacked(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """What the next `size` bytes hold, in blocks: the first one a tag, the others 1 MB or less."""
    unpacker = zlib.decompressobj()
    end, most = stream.tell() + size, TAG
    while packed := stream.read(min(BLOCK, end - stream.tell())):
        while packed and not unpacker.eof:
            if block := unpacker.decompress(packed, most):
                yield block
                most = BLOCK
            packed = unpacker.unconsumed_tail


def _counted(blocks: Iterator[bytes], said: int) -> int:
    count = 0
    for block in blocks:
        count += len(block)
        if count > said:
            raise zlib.error("a variable is larger than it says")
    return count


def _size_of_matrix(tag: bytes, order: str) -> int:
    """The bytes that follow the tag of a variable, by what it says."""
    if len(tag) < TAG or struct.unpack(f"{order}I", tag[:4])[0] != MATRIX:
        raise zlib.error("a packed element is no variable")
    return struct.unpack(f"{order}I", tag[4:])[0]
