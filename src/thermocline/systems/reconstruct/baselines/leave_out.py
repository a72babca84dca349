"""Analyses of states that are in no library, as the truth is in none.

A network, a gate or a trial that is judged on analyses whose covariance knew the very state, or its
member's mean, would be trusted too little or too much where it is used.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.library import StateLibrary
from thermocline.systems.reconstruct.data.states import States

BLOCKS = 5
"""Blocks of years that are analysed in turn where there is a single member."""

Index = NDArray[np.int64]


def folds(names: Sequence[str]) -> list[Index]:
    """The states analysed with one library, as indices into `names`: a member, or some years.

    A single member is cut into blocks of years.
    """
    member = np.array([name.split("/")[0] for name in names])
    found = list(dict.fromkeys(member))
    if len(found) > 1:
        return [np.flatnonzero(member == m) for m in found]
    return np.array_split(np.arange(len(names)), min(BLOCKS, len(names)))


class LeaveOut:
    """The ensemble OI as it would be without the states that are analysed.

    Without their member; and where there is no other, without the years around them. The last
    library is kept, since the next question is mostly about the same.
    """

    def __init__(self, store: States, ensemble: EnsembleOI):
        self.states, self.months, self.names = store.states("train")
        self.serial = store.serial("train")
        self.grid, self.ensemble = store.grid, ensemble
        self.last: tuple[bytes, EnsembleOI] = (b"", ensemble)

    def __call__(self, first: str, last: str | None = None) -> EnsembleOI:
        """For states called `first` to `last` (or `first` alone), such as `r1/2003-05`."""
        kept = self.others(first, last or first)
        if kept.tobytes() != self.last[0]:
            library = StateLibrary(
                self.states[kept],
                self.months[kept],
                self.grid,
                serial=self.serial[kept],
                quantise=False,
            )
            self.last = kept.tobytes(), self.ensemble.with_library(library)
        return self.last[1]

    def others(self, first: str, last: str) -> Index:
        """The training states that states called `first` to `last` are analysed with."""
        member = np.array([name.split("/")[0] for name in self.names])
        others = np.flatnonzero(member != first.split("/")[0])
        if others.size:
            return others
        year = np.array([_year(name) for name in self.names])
        return np.flatnonzero((year < _year(first) - 1) | (year > _year(last) + 1))


def _year(name: str) -> int:
    return int(name.split("/")[1][:4])
