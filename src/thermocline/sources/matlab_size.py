"""How large a MATLAB file gets when it is unpacked, found without holding it in memory."""

import struct
import zlib
from pathlib import Path

MAX_UNPACKED = 2**29
"""Bytes; the largest real ones have 25 million. A packed megabyte may hold a thousand."""
HEADER, COMPRESSED, BLOCK = 128, 15, 2**20


def unpacks_within(path: Path, most: int = MAX_UNPACKED) -> bool:
    """Whether all compressed variables of a file of version 5 to 7 have at most `most` bytes.

    What scipy allocates follows from what a variable says of itself inside; this counts what is
    really there, in blocks, before scipy sees it. Raises zlib.error for damaged ones.
    """
    unpacked = 0
    with path.open("rb") as stream:
        order = ">" if stream.read(HEADER)[126:] == b"MI" else "<"
        while len(tag := stream.read(8)) == 8:
            kind, size = struct.unpack(f"{order}II", tag)
            following = stream.tell() + size
            if kind == COMPRESSED:
                unpacker = zlib.decompressobj()
                while packed := stream.read(min(BLOCK, following - stream.tell())):
                    while packed and not unpacker.eof:
                        unpacked += len(unpacker.decompress(packed, BLOCK))
                        if unpacked > most:
                            return False
                        packed = unpacker.unconsumed_tail
            stream.seek(following)
    return True
