"""Point observations of temperature, checked once so that nothing after has to doubt them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadObservations
from thermocline.ocean.variables import VARIABLES

MAX_OBSERVATIONS = 200_000
"""More than this is refused: it is more than a request should carry or one analysis can use."""

MAX_DEPTH = 12_000.0
"""Metres; the deepest trench is shallower."""

EARLIEST, LATEST = np.datetime64("1678-01-01"), np.datetime64("2262-01-01")
"""Times of which datetime64[ns] holds every one."""

_FIELDS = ("latitude", "longitude", "depth", "value", "error")


@dataclass(frozen=True, eq=False)
class Observations:
    """Temperatures at points; every array is float64 [n]. Build it with `Observations.checked`.

    Attributes:
        latitude: degrees north, −90…90.
        longitude: degrees east, −180…360 (either convention).
        depth: metres, positive down.
        value: potential temperature, degrees Celsius.
        error: standard deviation of the instrument's error, degrees Celsius; NaN asks for the
            configured error model.
        time: datetime64[ns] [n], or None.
        platform: what each was measured by, "" where that is not said, or None.
        represents: how many values of a file each stands for [n]; None: one.
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    depth: NDArray[np.float64]
    value: NDArray[np.float64]
    error: NDArray[np.float64]
    time: NDArray[np.datetime64] | None = None
    represents: NDArray[np.int64] | None = None
    platform: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return self.value.size

    def where(self, chosen: NDArray[np.bool_]) -> "Observations":
        """Those for which `chosen` [n] is true."""
        parts: dict[str, Any] = {name: getattr(self, name)[chosen] for name in _FIELDS}
        for name in ("time", "represents", "platform"):
            values = getattr(self, name)
            parts[name] = None if values is None else values[chosen]
        return Observations(**parts)

    @classmethod
    def checked(
        cls,
        latitude: Any,
        longitude: Any,
        depth: Any,
        value: Any,
        error: Any = None,
        time: Any = None,
        quote: bool = True,
    ) -> "Observations":
        """Observations from anything array-like, after every check.

        `error` may be None, a single number, or one entry each (NaN or None where unknown). What
        is refused is quoted, but if `quote` is false: so for values read from a file, which may
        hold what is not its sender's to read.

        Raises:
            BadObservations: naming what is wrong, the first index, its value, and the remedy.
        """
        count = np.size(value)
        _check_count(count)
        if error is None:
            error = np.full(count, np.nan)
        elif np.ndim(error) == 0:
            error = np.full(count, error, dtype=object)
        arrays = {
            name: _numbers(name, values, quote)
            for name, values in zip(
                _FIELDS, (latitude, longitude, depth, value, error), strict=True
            )
        }
        sizes = {name: array.size for name, array in arrays.items()}
        if time is not None:
            time = _times(time, quote)
            sizes["time"] = time.size
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
            raise BadObservations(
                f"lists of different length: {listed}", fix="give one entry per observation in each"
            )
        _check_values(arrays, quote)
        every: dict[str, Any] = {**arrays, "time": time}
        return cls(**every)


def _check_count(count: int) -> None:
    if count == 0:
        raise BadObservations(
            "the list of observations is empty",
            fix="give at least one latitude, longitude, depth and temperature",
        )
    if count > MAX_OBSERVATIONS:
        raise BadObservations(
            f"{count:,} observations; at most {MAX_OBSERVATIONS:,} are accepted",
            fix="send one month at a time, interpolated to the model's levels, or thin them",
        )


def _numbers(name: str, values: Any, quote: bool) -> NDArray[np.float64]:
    try:
        if _boolean(values):
            raise TypeError("true and false are none")
        # A copy: the observations must not change when the caller's array does.
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise BadObservations(
            f"{name} holds something that is not a number" + (f" ({problem})" if quote else ""),
            where=name,
            fix="give plain numbers",
        ) from problem
    return array.reshape(-1)


def _boolean(values: Any) -> bool:
    """Whether any of the values is true or false, which NumPy would take for 1 or 0."""
    array = np.asarray(values)
    if array.dtype == object or (isinstance(values, list) and array.dtype.kind in "fiu"):
        flat = values if isinstance(values, list) else array.ravel().tolist()
        return any(isinstance(value, bool | np.bool_) for value in flat)
    return array.dtype == bool


def _times(values: Any, quote: bool) -> NDArray[np.datetime64]:
    if isinstance(values, list):
        # Times are in UTC whether they say so or not; NumPy would warn of every Z.
        values = [v.removesuffix("Z") if isinstance(v, str) else v for v in values]
    try:
        given = np.atleast_1d(np.asarray(values))
        if given.dtype.kind in "fiub" or (
            given.dtype == object and any(isinstance(v, int | float) and v == v for v in given)
        ):
            raise ValueError("a number does not say which date it is")
        found = np.atleast_1d(np.array(values, dtype="datetime64[us]"))
        # What does not fit nanoseconds would wrap around in silence.
        if ((found < EARLIEST) | (found > LATEST)).any():
            raise ValueError("years are 1678 to 2261")
        return found.astype("datetime64[ns]")
    except (TypeError, ValueError) as problem:
        raise BadObservations(
            "a time cannot be read" + (f": {problem}" if quote else ""),
            where="time",
            fix="write dates as 2008-03-15",
        ) from problem


def _check_values(arrays: dict[str, NDArray[np.float64]], quote: bool) -> None:
    def refuse(name: str, bad: NDArray, fix: str) -> None:
        if not bad.any():
            return
        index, more = int(np.argmax(bad)), int(bad.sum()) - 1
        title = "temperature" if name == "value" else name
        said = f"{title} {arrays[name][index]:g}" if quote else f"{title} is impossible"
        tail = f" (and {more} more)" if more else ""
        raise BadObservations(f"{said}{tail}", where=f"observation {index}", fix=fix)

    bounds = VARIABLES["thetao"]
    for name in ("latitude", "longitude", "depth", "value"):
        refuse(name, ~np.isfinite(arrays[name]), "drop missing observations first")
    latitude, longitude, depth = arrays["latitude"], arrays["longitude"], arrays["depth"]
    value, error = arrays["value"], arrays["error"]
    refuse("latitude", np.abs(latitude) > 90, "latitude lies between −90 and 90")
    refuse(
        "longitude",
        (longitude < -180) | (longitude > 360),
        "longitude lies between −180 and 360",
    )
    refuse(
        "depth",
        (depth < 0) | (depth > MAX_DEPTH),
        f"depth is in metres, positive down, at most {MAX_DEPTH:.0f}",
    )
    outside = (value < bounds.lower) | (value > bounds.upper)
    if outside.any() and np.median(value[outside]) > 200:
        refuse("value", outside, "these look like kelvin: subtract 273.15")
    refuse(
        "value",
        outside,
        f"temperature is in degrees Celsius, {bounds.lower:g} to {bounds.upper:g}",
    )
    # NaN is a legitimate error ("use the model"); infinity and nonpositive numbers are not.
    refuse(
        "error",
        ~np.isnan(error) & ~((error > 0) & np.isfinite(error)),
        "an error is a positive standard deviation in degrees Celsius; leave it out if unknown",
    )
