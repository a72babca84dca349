"""Arrays, and datasets of them, as bytes: a length, JSON, and the arrays' bytes one by one.

What comes from a process that read a strange file may be anything: nothing here runs what it is
sent, and arrays have types of plain numbers, times and texts.
"""

import json
import socket
from collections.abc import Callable, Iterable
from math import prod
from struct import Struct
from typing import Any

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

SIZE = 8
"""Bytes of the numbers that a message begins with: those of its JSON, and of all that follows."""
ORDER = Struct("!?QI")
"""To the process that forks: whether a reader is to end, rather than be made; the reader's number;
and the length of a module's name, which follows."""
KINDS = "biufMmSU"
DATE = ("year", "month", "day", "hour", "minute", "second", "microsecond")
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError)
"""Raised by what is no message."""


def packed(content: Any, arrays: Iterable[NDArray] = ()) -> list[bytes | memoryview]:
    """The parts of a message that holds JSON and arrays."""
    every = [np.asarray(each, order="C") for each in arrays]
    kinds = [{"dtype": each.dtype.str, "shape": each.shape} for each in every]
    text = json.dumps({"content": content, "arrays": kinds}).encode()
    sizes = len(text), sum(each.nbytes for each in every)
    head = b"".join(size.to_bytes(SIZE, "big") for size in sizes)
    return [head, text, *(each.reshape(-1).view(np.uint8).data for each in every)]


def received(
    connection: socket.socket, most: int, check: Callable[[], None] = lambda: None
) -> tuple[bytes, memoryview]:
    """The JSON of a message, and the bytes of its arrays.

    Args:
        most: bytes of all together.
        check: called whenever nothing has come for as long as the socket's timeout is.

    Raises:
        OSError: if the message is longer, or ends early.
    """

    def exactly(size: int) -> bytearray:
        found = bytearray(size)
        left = memoryview(found)
        while left:
            try:
                count = connection.recv_into(left)
            except TimeoutError:
                check()
                continue
            if not count:
                raise OSError("the message ended early")
            left = left[count:]
        return found

    head = bytes(exactly(2 * SIZE))
    text, rest = (int.from_bytes(part, "big") for part in (head[:SIZE], head[SIZE:]))
    if text + rest > most:
        raise OSError("the message is too long")
    return bytes(exactly(text)), memoryview(exactly(rest))


def unpacked(text: bytes, rest: memoryview) -> tuple[Any, list[NDArray]]:
    """What `packed` was given, of a message's JSON and the bytes behind it; else `UNREADABLE`."""
    said, arrays, start = json.loads(text), [], 0
    for each in said["arrays"]:
        kind, shape = np.dtype(str(each["dtype"])), tuple(int(size) for size in each["shape"])
        if kind.kind not in KINDS or not kind.itemsize or min(shape, default=0) < 0:
            raise ValueError("an array of another kind")
        end = start + prod(shape) * kind.itemsize
        arrays.append(np.frombuffer(rest[start:end], kind).reshape(shape))
        start = end
    return said["content"], arrays


def from_dataset(dataset: xr.Dataset) -> tuple[dict[str, Any], list[NDArray]]:
    """A dataset, its times of any calendar included, as JSON and arrays."""
    variables, arrays = [], []
    for name, variable in dataset.variables.items():
        values, calendar = np.asarray(variable.values), None
        if values.dtype == object:
            first = next(iter(values.flat), None)
            if isinstance(first, cftime.datetime):
                values, calendar = _numbers(values), first.calendar
            else:
                values = values.astype(str)
        about = {"name": str(name), "dims": list(variable.dims), "calendar": calendar}
        about["coordinate"], about["attrs"] = name in dataset.coords, _plain(variable.attrs)
        variables.append(about)
        arrays.append(values)
    return {"variables": variables, "attrs": _plain(dataset.attrs)}, arrays


def to_dataset(content: dict[str, Any], arrays: Iterable[NDArray]) -> xr.Dataset:
    """The dataset that `from_dataset` was given; else `UNREADABLE`."""
    data: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    for about, values in zip(content["variables"], arrays, strict=True):
        if about["calendar"] is not None:
            values = _dates(values, str(about["calendar"]))
        kind = coordinates if about["coordinate"] else data
        kind[str(about["name"])] = tuple(map(str, about["dims"])), values, dict(about["attrs"])
    return xr.Dataset(data, coordinates, dict(content["attrs"]))


def _numbers(dates: NDArray) -> NDArray[np.int64]:
    """Dates of cftime [...] as numbers [..., 7]."""
    rows = [[getattr(date, part) for part in DATE] for date in dates.flat]
    return np.array(rows, np.int64).reshape(*dates.shape, len(DATE))


def _dates(numbers: NDArray, calendar: str) -> NDArray:
    dates = np.empty(numbers.shape[:-1], object)
    for place in np.ndindex(dates.shape):
        dates[place] = cftime.datetime(*map(int, numbers[place]), calendar=calendar)
    return dates


def _plain(attributes: dict[Any, Any]) -> dict[str, Any]:
    """Attributes as JSON holds them."""
    numpy = lambda value: value.tolist() if hasattr(value, "tolist") else value
    return {str(name): numpy(value) for name, value in attributes.items()}
