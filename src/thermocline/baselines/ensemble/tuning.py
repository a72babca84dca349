"""Radius, season and inflation of the ensemble OI, chosen on validation cases, coarse to fine.

A case is analysed by states of other runs than its own, as the truth will be: by its own run's
states, which are like it, the smallest spread would be good enough.

1. Every radius and season, without inflation, on the cases with few observations (cheap).
2. The best few of them on all kinds of cases; the least RMSE wins.
3. The inflations for the winner; the least CRPS wins, since it is the spread they are about.
4. The share that is not localised (`tune_share`).
5. How far off the mean state may be (`tune_mean_state`).

A case with thousands of observations costs a hundred times one with hundreds, so that only the
first few such are used.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.scoring import (
    Case,
    mean_over,
    weight_of,
    weighted_crps,
    weighted_rmse,
)
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.mean_state import MeanState
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.univariate.tuning import Table, need_cases
from thermocline.concurrency import side_by_side
from thermocline.config import EnsembleOIConfig

CHEAP_OBSERVATIONS = 2000  # observations up to which a case is cheap
MAX_DEAR_CASES = 2  # dearer cases used at most
FINALISTS = 2


def tune_ensemble_oi(
    cases: Sequence[Case],
    area: NDArray,
    library: StateLibrary,
    config: EnsembleOIConfig,
    others: Callable[[str], StateLibrary] | None = None,
) -> tuple[EnsembleOI, Table]:
    """The tuned method, of all states, and a row for each candidate tried.

    Args:
        cases: validation problems and truths [C, H, W], of the densities that matter.
        area: weights [H, W] or [C, H, W]; with cell area × variance, errors count in °C.
        library: the training states.
        config: candidate radii, seasons and inflations.
        others: the training states without those of a case's run, by the case's name; all, if None.

    Returns:
        Rows have `stage`, the parameters, `cases`, `rmse` and (stage 3) `crps`: means over cases.
    """
    need_cases(cases)
    library_of = others or (lambda name: library)
    cheap = [case for case in cases if case[0].observed.sum() <= CHEAP_OBSERVATIONS]
    dear = [case for case in cases if case[0].observed.sum() > CHEAP_OBSERVATIONS][:MAX_DEAR_CASES]
    plain = min(config.inflation, key=lambda gamma: abs(np.log(gamma)))
    methods = [
        EnsembleOI(library, radius, season, plain)
        for season, radius in product(config.season_months, config.radius_km)
    ]
    table = scores = _stage(1, cheap or dear, area, methods, library_of)
    if cheap and dear:
        ranked = sorted(range(len(methods)), key=lambda i: table[i]["rmse"])[:FINALISTS]
        methods = [methods[i] for i in ranked]
        scores = _stage(2, cheap + dear, area, methods, library_of)
        table = table + scores
    best = methods[_least(scores, "rmse")]
    inflated = [
        EnsembleOI(library, best.radius_km, best.season_months, gamma) for gamma in config.inflation
    ]
    final = _stage(3, cheap + dear, area, inflated, library_of, spread=True)
    return inflated[_least(final, "crps")], table + final


def tune_share(
    cases: Sequence[Case],
    area: NDArray,
    others: Callable[[str], EnsembleOI],
    shares: Sequence[float],
) -> tuple[float, Table]:
    """The share of least RMSE, and a row for each candidate.

    Args:
        others: the tuned method without the states of a case's run, by the case's name.
    """
    change = lambda method, share: method.with_share(share)
    return _tune(cases, area, others, "share", shares, change, stage=4)


def tune_mean_state(
    cases: Sequence[Case],
    area: NDArray,
    others: Callable[[str], EnsembleOI],
    spread: MeanState,
    factors: Sequence[float],
) -> tuple[MeanState | None, Table]:
    """The offset of the mean state of least RMSE, and a row for each candidate.

    Args:
        others: as for `tune_share`.
        spread: how far the runs' own means lie apart; multiplied by each of the factors.
    """
    of = lambda factor: spread.scaled(factor) if factor else None
    change = lambda method, factor: method.with_mean_state(of(factor))
    factor, table = _tune(cases, area, others, "mean_state", factors, change, stage=5)
    return of(factor), table


def _tune(
    cases: Sequence[Case],
    area: NDArray,
    others: Callable[[str], EnsembleOI],
    name: str,
    values: Sequence[float],
    change: Callable[[EnsembleOI, float], EnsembleOI],
    stage: int,
) -> tuple[float, Table]:
    need_cases(cases)
    if len(values) == 1:
        return values[0], []
    cheap = [case for case in cases if case[0].observed.sum() <= CHEAP_OBSERVATIONS] or cases[
        :MAX_DEAR_CASES
    ]
    rmse: dict[float, list[float]] = {value: [] for value in values}
    for problem, truth in sorted(cheap, key=lambda case: case[0].case):
        method, weight = others(problem.case), weight_of(problem, area)
        for value, found in rmse.items():
            mean = change(method, value).means([problem])[0]
            found.append(weighted_rmse(mean, truth, weight))
    table: Table = [
        {
            "method": "ensemble_oi",
            "stage": stage,
            name: value,
            "cases": len(found),
            "rmse": mean_over(found),
        }
        for value, found in rmse.items()
    ]
    return values[_least(table, "rmse")], table


def _stage(
    stage: int,
    cases: Sequence[Case],
    area: NDArray,
    methods: Sequence[EnsembleOI],
    library_of: Callable[[str], StateLibrary],
    spread: bool = False,
) -> Table:
    """Scores of candidates on cases; those of their spread, too, if it is asked for."""

    def score(library: StateLibrary, case: Case) -> list[dict[str, float]]:
        problem, truth = case
        weight, found = weight_of(problem, area), []
        for method in (each.with_library(library) for each in methods):
            if not spread:
                mean = method.means([problem])[0]
                found.append({"rmse": weighted_rmse(mean, truth, weight)})
                continue
            answer = method.analyse(problem)
            rmse = weighted_rmse(answer.mean, truth, weight)
            found.append({"rmse": rmse, "crps": weighted_crps(answer, truth, weight)})
        return found

    by_case: list[list[dict[str, float]]] = []
    for library, some in _by_library(cases, library_of):
        by_case += side_by_side(partial(score, library), some)
    by_method = zip(*by_case, strict=True)
    return [
        {
            "method": "ensemble_oi",
            "stage": stage,
            "radius_km": method.radius_km,
            "season_months": method.season_months,
            "inflation": method.inflation,
            "cases": len(cases),
            **{name: mean_over([each[name] for each in found]) for name in found[0]},
        }
        for method, found in zip(methods, by_method, strict=True)
    ]


def _by_library(
    cases: Sequence[Case], library_of: Callable[[str], StateLibrary]
) -> Iterator[tuple[StateLibrary, list[Case]]]:
    """Cases with the states that analyse them: those of one run share a library, asked for once."""
    some: list[Case] = []
    library: StateLibrary | None = None
    for case in sorted(cases, key=lambda case: case[0].case):
        own = library_of(case[0].case)
        if library is not None and own is not library:
            yield library, some
            some = []
        library = own
        some.append(case)
    if library is not None:
        yield library, some


def _least(table: Table, score: str) -> int:
    """The row of least score."""
    return int(np.argmin([row[score] for row in table]))
