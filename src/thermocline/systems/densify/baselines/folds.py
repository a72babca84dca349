"""Which training states a method must not know when it is asked about a state.

Those of the state's own run; of a single run, as a reanalysis is, those of every third year: the
method would know the state itself.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from thermocline.systems.densify.data.waters import States

YEARS = 3
"""Of a single run, one year of so many is left out."""


def folds(runs: Iterable[str]) -> list[str]:
    """Names of what is left out in turn, if training states are of these runs."""
    known = sorted(set(runs))
    return known if len(known) > 1 else [f"{run}+{part}" for run in known for part in range(YEARS)]


def fold_of(case: str, known: Iterable[str]) -> str:
    """Which of the known folds a state is of, by its name: `gulf_stream/r1/2003-05-14`.

    That of its run, or of its year, or, for a state of a run that nobody knows, its run's name.
    """
    _, run, day = case.split("/")
    part = f"{run}+{int(day[:4]) % YEARS}"
    return part if part in set(known) else run


def in_fold(states: States, fold: str) -> NDArray[np.bool_]:
    """Which states are of a fold."""
    return np.array([fold_of(name, [fold]) == fold for name in states.names], bool)
