"""Cross-validation over ensemble members: analyses without the states of the truth's member.

Where the covariance holds the analysed state itself, or its member's mean, the analysis is better
than one of a new truth; a network or a calibration fitted to such analyses would not suit it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.oi import EnsembleOI
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


class LeaveMemberOut:
    """The ensemble OI without the member of the analysed states.

    Of a single member, the years of the states and those next to them are left out. The last
    library is kept, since consecutive calls mostly need the same.
    """

    def __init__(self, store: States, ensemble: EnsembleOI):
        self.states, self.months, self.names = store.states("train")
        self.serial = store.serial("train")
        self.grid, self.ensemble = store.grid, ensemble
        self.last: tuple[bytes, EnsembleOI] = (b"", ensemble)

    def __call__(self, first: str, last: str | None = None) -> EnsembleOI:
        """The method for states called `first` to `last`, or `first` alone: `r1/2003-05`."""
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
        """Indices of the training states that analyse the states called `first` to `last`."""
        member = np.array([name.split("/")[0] for name in self.names])
        others = np.flatnonzero(member != first.split("/")[0])
        if others.size:
            return others
        year = np.array([_year(name) for name in self.names])
        return np.flatnonzero((year < _year(first) - 1) | (year > _year(last) + 1))


def _year(name: str) -> int:
    return int(name.split("/")[1][:4])
