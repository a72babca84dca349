"""How numbers of flags have meanings: by their value, by their bits, or by a value in some bits.

CF 3.5: `flag_values`, `flag_masks`, or both.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.sources.integers import wrapped
from thermocline.sources.meanings import Test, codes


def coding(
    attributes: Mapping[Any, Any], kind: np.dtype[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`flag_values` and `flag_masks` as flags of a type have them, whatever sign they are given in.

    Args:
        kind: from `integers.kind_of`.
    """
    values, bits = (wrapped(codes(attributes, key), kind) for key in ("values", "masks"))
    return values.astype(np.int64), bits.astype(np.int64)


def digits(numbers: NDArray[np.int64], attributes: Mapping[Any, Any]) -> NDArray[np.int64]:
    """Flags with the ASCII codes of digits as those digits, as SeaDataNet stores them.

    Not where the flags are bits, or where `flag_values` has digits beside such codes.
    """
    ascii_code = lambda them: (them >= 48) & (them <= 57)
    values = codes(attributes, "values")
    plain = (values >= 0) & (values <= 9)
    if codes(attributes, "masks").size or (plain.any() and ascii_code(values).any()):
        return numbers
    return np.where(ascii_code(numbers), numbers - 48, numbers)


def in_parts(values: NDArray[np.int64], bits: NDArray[np.int64], count: int) -> bool:
    """Whether each of `count` meanings is a value in some of the bits.

    MUR states masks beside values that are whole numbers, not parts of its masks.
    """
    return values.size == bits.size == count and not (values & ~bits).any()


def having(values: NDArray[np.int64], bits: NDArray[np.int64], said: list[bool]) -> Test | None:
    """The test whether flags have a meaning of those `said`; None if their coding is not told."""
    count, wanted = len(said), np.flatnonzero(said)
    if not {values.size, bits.size} & {count}:
        return None
    whole = lambda flags: np.nan_to_num(flags).astype(np.int64)
    parts = in_parts(values, bits, count)
    if values.size == count and not parts:
        return lambda flags: np.isin(whole(flags), values[wanted])
    chosen = values[wanted] if parts else None
    return lambda flags: _has_bits(whole(flags), bits[wanted], chosen)


def _has_bits(flags: NDArray, bits: NDArray, values: NDArray | None) -> NDArray[np.bool_]:
    """Where flags have any of `bits`, or in those bits the value that belongs to them."""
    if values is None:
        return (flags & np.bitwise_or.reduce(bits, initial=0)) != 0
    result = np.zeros(flags.shape, dtype=bool)
    for mask, value in zip(bits, values, strict=True):
        result |= (flags & mask) == value
    return result
