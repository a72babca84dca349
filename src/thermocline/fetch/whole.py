"""Whether a NetCDF file ends where its own beginning says: what was cut off is not whole.

The NetCDF library fills what a classic file lacks with zeros, and says nothing.
"""

import math
import struct
from pathlib import Path
from typing import BinaryIO

import h5py

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
"""Bytes of a value, by the number of its type."""


def is_whole(path: Path) -> bool:
    """Whether a NetCDF file is not shorter than it should be."""
    with path.open("rb") as stream:
        if stream.read(3) == b"CDF":
            try:
                return path.stat().st_size >= _Header(stream).end()
            except (struct.error, KeyError, IndexError, MemoryError, OverflowError):
                return False
    try:
        with h5py.File(path, "r"):  # compares its length with what its superblock says
            return True
    except OSError:
        return False


class _Header:
    """The header of a classic file; the stream is behind the letters CDF.

    Its form is in the NetCDF Users Guide: numbers of four bytes, of eight in version 5; lists with
    a tag and a count; names and values filled up to four bytes.
    """

    def __init__(self, stream: BinaryIO):
        self.stream, self.version = stream, stream.read(1)[0]

    def end(self) -> int:
        """Bytes that a file with this header has at least."""
        records = self._count()
        if records == (1 << (64 if self.version == 5 else 32)) - 1:  # a stream: nobody counted
            records = 0
        lengths = [self._dimension() for _ in range(self._list())]
        self._attributes()
        fixed, recorded = [self.stream.tell()], list[tuple[int, int]]()
        for _ in range(self._list()):
            begin, sizes, size = self._variable(lengths)
            if sizes and sizes[0] == 0:  # the dimension of records
                recorded.append((begin, size * math.prod(sizes[1:])))
            else:
                fixed.append(begin + size * math.prod(sizes))
        if records and recorded:
            # A single variable's records are not filled up.
            filled = [each + (-each % 4 if len(recorded) > 1 else 0) for _, each in recorded]
            before = (records - 1) * sum(filled)
            fixed += [begin + before + each for begin, each in recorded]
        return max(fixed)

    def _variable(self, lengths: list[int]) -> tuple[int, list[int], int]:
        """Where a variable begins, its shape, and the bytes of a value."""
        self._name()
        sizes = [lengths[self._count()] for _ in range(self._count())]
        self._attributes()
        size = SIZES[self._number(4)]
        self._count()  # its bytes, which may be too many for four
        return self._number(4 if self.version == 1 else 8), sizes, size

    def _attributes(self) -> None:
        for _ in range(self._list()):
            self._name()
            size = SIZES[self._number(4)]
            self._skip(size * self._count())

    def _dimension(self) -> int:
        self._name()
        return self._count()

    def _name(self) -> None:
        self._skip(self._count())

    def _list(self) -> int:
        self._number(4)
        return self._count()

    def _count(self) -> int:
        return self._number(8 if self.version == 5 else 4)

    def _number(self, size: int) -> int:
        return int(struct.unpack(">Q" if size == 8 else ">I", self.stream.read(size))[0])

    def _skip(self, count: int) -> None:
        self.stream.seek(count + -count % 4, 1)
