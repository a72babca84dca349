"""Folds: the training states that are left out when a method is applied to a state of them.

They are the states of the state's run; of a single run, such as a reanalysis, those of every third
year: otherwise the method would be fitted to the state itself.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from thermocline.systems.densify.data.waters import States

YEARS = 3
"""One of so many years of a single run is left out."""


def folds(runs: Iterable[str]) -> list[str]:
    """Names of the folds of training states from these runs."""
    known = sorted(set(runs))
    return known if len(known) > 1 else [f"{run}+{part}" for run in known for part in range(YEARS)]


def fold_of(case: str, known: Iterable[str]) -> str:
    """The fold of a state, by its name: `gulf_stream/r1/2003-05-14`.

    That of its run, or of its year; for a state of another run, the name of that run.
    """
    _, run, day = case.split("/")
    part = f"{run}+{int(day[:4]) % YEARS}"
    return part if part in set(known) else run


def in_fold(states: States, fold: str) -> NDArray[np.bool_]:
    """Mask of the states of a fold."""
    return np.array([fold_of(name, [fold]) == fold for name in states.names], bool)
