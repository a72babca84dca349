"""The classical methods of the board. Each answers with members, and obeys the same physics."""

import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.localisation import arc
from thermocline.baselines.common.remembered import Remembered
from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.seaice.baselines.anamorphosis import Anamorphosis
from thermocline.systems.seaice.baselines.ensemble import Ensemble, Posterior, picked
from thermocline.systems.seaice.baselines.parametric import ParametricOI
from thermocline.systems.seaice.data.physics import enforced
from thermocline.systems.seaice.data.raw import LOWER, UPPER

TUNED = "tuned.json"
"""What was chosen, in the folder of the baselines."""
Seasons = dict[tuple[int, int], tuple[Anamorphosis, NDArray[np.float32]]]
"""Calendar month and window → the transform, and the season's states in its z."""


@dataclass(frozen=True, eq=False)
class Climatology:
    """States of the training years, of the month: their mean, and some of them as members."""

    ensemble: Ensemble
    name: str = "climatology"

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """What is known without observations."""
        start, own = time.perf_counter(), self.ensemble.library
        states = own.states(own.season(problem.calendar_month(), 0))
        some = states[picked(len(states), members, seed)]
        moments = (states.mean(axis=0), states.std(axis=0), some)
        return _analysis(self.ensemble, *moments, start)


@dataclass(frozen=True, eq=False)
class NearestNeighbour:
    """The nearest observation of each variable; the climatology where none is observed."""

    ensemble: Ensemble
    name: str = "nearest"

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """A point estimate."""
        start, own = time.perf_counter(), self.ensemble.library
        mean = own.states(own.season(problem.calendar_month(), 0)).mean(axis=0)
        channel, cell, y, _ = self.ensemble.seen(problem)
        for c in np.unique(channel):
            here = channel == c
            nearest = arc(own.points, own.points[cell[here]]).argmin(axis=1)
            mean[c] = np.clip(y[here][nearest], LOWER[c], UPPER[c])
        return _analysis(self.ensemble, mean, None, None, start)


@dataclass(frozen=True, eq=False)
class EnsembleOI:
    """The tuned ensemble OI: a Gaussian, its draws brought within bounds if `clipped`."""

    ensemble: Ensemble
    clipped: bool = True
    timed: Remembered[tuple[Posterior, float]] = field(default_factory=lambda: Remembered(_timed))
    """Makes the posterior of a problem, with the seconds that it took, once."""

    @property
    def name(self) -> str:
        """What it is called on the board."""
        return "ensemble_oi_clipped" if self.clipped else "ensemble_oi"

    @property
    def unclipped(self) -> "EnsembleOI":
        """The same method with draws as they are. The two share the posteriors they have found."""
        return replace(self, clipped=False)

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean, deviation and draws of the posterior."""
        found, seconds = self.timed(problem, self.ensemble, members, seed)
        start = time.perf_counter() - seconds
        return _analysis(self.ensemble, *found, start, raw=not self.clipped)

    def draws(self, problem: Problem, members: int, seed: int) -> NDArray[np.float32]:
        """The members of `analyse`, in half its time."""
        draws = self.posterior(problem, members, seed, spread=False).draws
        return enforced(self.ensemble.fields(draws))

    def posterior(
        self, problem: Problem, members: int, seed: int, spread: bool = True
    ) -> Posterior:
        """Over the sea; see `Ensemble.posterior`."""
        own = self.ensemble
        states = own.library.states(own.library.season(problem.calendar_month(), own.season_months))
        return own.posterior(states, own.seen(problem), members, seed, spread)


def _timed(
    problem: Problem, ensemble: Ensemble, members: int, seed: int
) -> tuple[Posterior, float]:
    start = time.perf_counter()
    return EnsembleOI(ensemble).posterior(problem, members, seed), time.perf_counter() - start


@dataclass(frozen=True, eq=False)
class AnamorphosedOI:
    """The ensemble OI of variables that were made Gaussian."""

    ensemble: Ensemble
    name: str = "ensemble_oi_anamorphosed"
    _seasons: Seasons = field(default_factory=dict)

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean and deviation by quadrature, and draws."""
        start = time.perf_counter()
        transform, found = self._posterior(problem, members, seed, spread=True)
        moments = transform.moments(found.mean, found.std)
        return _analysis(self.ensemble, *moments, transform.values(found.draws), start)

    def draws(self, problem: Problem, members: int, seed: int) -> NDArray[np.float32]:
        """The members of `analyse`, in half its time."""
        transform, found = self._posterior(problem, members, seed, spread=False)
        return enforced(self.ensemble.fields(transform.values(found.draws)))

    def _posterior(
        self, problem: Problem, members: int, seed: int, spread: bool
    ) -> tuple[Anamorphosis, Posterior]:
        """The month's transform, and the posterior in its z."""
        own = self.ensemble
        key = month, window = problem.calendar_month(), own.season_months
        if key not in self._seasons:
            transform = Anamorphosis.of(own.library, month)
            states = own.library.states(own.library.season(month, window))
            self._seasons[key] = transform, transform.states(states)
        transform, z = self._seasons[key]
        return transform, own.posterior(z, transform.seen(own.seen(problem)), members, seed, spread)


def classical_methods(folder: Path) -> list:
    """The tuned ones, from the simplest on."""
    plain, transformed = (
        Ensemble.load(folder / f"{name}.safetensors") for name in ("ensemble", "anamorphosed")
    )
    tuned = json.loads((folder / TUNED).read_text())["oi"]
    return [
        Climatology(plain),
        NearestNeighbour(plain),
        ParametricOI.of(plain.library, tuned),
        (clipped := EnsembleOI(plain)).unclipped,
        clipped,
        AnamorphosedOI(transformed),
    ]


def _analysis(
    ensemble: Ensemble,
    mean: NDArray,
    std: NDArray | None,
    draws: NDArray | None,
    start: float,
    raw: bool = False,
) -> Analysis:
    """Fields of values over the sea; the mean within bounds, members as physics allows."""
    members = None if draws is None else ensemble.fields(draws)
    if members is not None and not raw:
        members = enforced(members)
    return Analysis(
        ensemble.fields(mean if raw else np.clip(mean, LOWER, UPPER)),
        None if std is None else ensemble.fields(std),
        members,
        seconds=time.perf_counter() - start,
    )
