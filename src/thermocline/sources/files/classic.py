"""The length that a classic NetCDF file (CDF-1, CDF-2, CDF-5) must have by its own header.

The NetCDF library reads a classic file that was cut short without an error: the missing part
becomes zeros. Files based on HDF5 store their length, and the library refuses them itself.
Layout: "NetCDF Classic Format Specification", Unidata.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
_LARGEST_HEADER = 64 * 2**20


@dataclass
class _Header:
    """A cursor over the header. Counts have 8 bytes in CDF-5, offsets in CDF-2 and 5; else 4."""

    stream: BinaryIO
    version: int

    def take(self, count: int) -> bytes:
        if count > _LARGEST_HEADER:
            raise EOFError("a header entry of absurd length")
        data = self.stream.read(count)
        if len(data) < count:
            raise EOFError("the header itself is cut short")
        return data

    def integer(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "big")

    def count(self) -> int:
        return self.integer(8 if self.version == 5 else 4)

    def padded(self, size: int) -> bytes:
        return self.take(-(-size // 4) * 4)

    def entries(self) -> int:
        """Number of entries of the list that follows (its tag, or zero, comes first)."""
        self.integer()
        return self.count()

    def skip_attributes(self) -> None:
        for _ in range(self.entries()):
            self.padded(self.count())
            kind = self.integer()
            self.padded(self.count() * TYPE_BYTES.get(kind, 1))


def classic_length(path: str | Path) -> int:
    """Number of bytes that the classic NetCDF file at `path` needs to hold all its variables.

    Raises:
        EOFError: if the header ends too early.
    """
    with Path(path).open("rb") as stream:
        header = _Header(stream, version=stream.read(4)[3])
        records = header.count()
        if records == (1 << (64 if header.version == 5 else 32)) - 1:  # written as a stream
            records = 0
        sizes = []
        for _ in range(header.entries()):
            header.padded(header.count())
            sizes.append(header.count())
        header.skip_attributes()
        return _end_of_variables(header, sizes, records)


def _end_of_variables(header: _Header, sizes: list[int], records: int) -> int:
    end, per_record = 0, []
    for _ in range(header.entries()):
        header.padded(header.count())
        shape = [sizes[header.count()] for _ in range(header.count())]
        header.skip_attributes()
        kind = header.integer()
        header.count()  # the stored size, which is wrong for large variables
        begin = header.integer(4 if header.version == 1 else 8)
        record = bool(shape) and shape[0] == 0
        length = math.prod(shape[1:] if record else shape) * TYPE_BYTES.get(kind, 1)
        if record:
            per_record.append((begin, length))
        else:
            end = max(end, begin + length)
    # Each record holds every record variable, padded to 4 bytes unless there is only one.
    stride = sum(-(-n // 4) * 4 for _, n in per_record) if len(per_record) > 1 else 0
    for begin, length in per_record:
        if records:
            end = max(end, begin + (records - 1) * (stride or length) + length)
    return end
