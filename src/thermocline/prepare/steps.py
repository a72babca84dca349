"""Which step of which file holds a day, of files whose fields are not read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.prepare.raw import SAME_NAME


class Step(NamedTuple):
    """A step of time of a file, both by number."""

    file: int
    step: int


Days = dict[np.datetime64, Step]


def note_days(kept: Days, days: NDArray[np.datetime64], file: int, what: str, where: str) -> None:
    """Add the days [T] of a file's steps to those of the files before it; NaT is none.

    Args:
        what: variable and member, for the error.
        where: the file's path, likewise.

    Raises:
        BadData: for a day that is there already, in this file or an earlier one.
    """
    for step, day in enumerate(days):
        if np.isnat(day):
            continue
        if day in kept:
            raise BadData(
                f"{what} of {day} appears twice",
                where=where,
                fix=f"give one state a day (daily means), and every day in one file; {SAME_NAME}",
            )
        kept[day] = Step(file, step)
