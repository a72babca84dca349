"""Radius, season and inflation of the ensemble OI, chosen on validation cases, coarse to fine.

1. Every radius and season, without inflation, on the cases with few observations (cheap).
2. The best few of them on all kinds of cases; the least RMSE wins.
3. The inflations for the winner; the least CRPS wins, since it is the spread they are about.
4. The share that is not localised (`tune_share`): by analyses of cases that the states know nothing
   of, since it is about what the whole ocean does, which a run's own states know too well.

A case with thousands of observations costs a hundred times one with hundreds, so that only the
first few such are used. One product of states per case and season serves all its radii.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.cholesky import factorise, invert, solve
from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.library import StateLibrary
from thermocline.baselines.localisation import gaspari_cohn
from thermocline.baselines.scoring import Case, mean_over, weight_of, weighted_crps, weighted_rmse
from thermocline.baselines.tuning import Table, need_cases
from thermocline.concurrency import side_by_side
from thermocline.config import EnsembleOIConfig
from thermocline.ocean.problem import Analysis

FEW = 2000  # observations up to which a case is cheap
DEAR = 2  # dearer cases used at most
FINALISTS = 2


@dataclass(frozen=True)
class Candidate:
    """Parameters of an ensemble OI."""

    radius_km: float
    season_months: int
    inflation: float


def tune_ensemble_oi(
    cases: Sequence[Case],
    area: NDArray,
    library: StateLibrary,
    config: EnsembleOIConfig,
) -> tuple[EnsembleOI, Table]:
    """The tuned method, and a row for each candidate tried.

    Args:
        cases: validation problems and truths [C, H, W], of the densities that matter.
        area: weights [H, W] or [C, H, W]; with cell area × variance, errors count in °C.
        library: the training states.
        config: candidate radii, seasons and inflations.

    Returns:
        Rows have `stage`, the parameters, `cases`, `rmse` and (stage 3) `crps`: means over cases.
    """
    need_cases(cases)
    cheap = [case for case in cases if case[0].observed.sum() <= FEW]
    dear = [case for case in cases if case[0].observed.sum() > FEW][:DEAR]
    plain = min(config.inflation, key=lambda gamma: abs(np.log(gamma)))
    grid = [Candidate(r, s, plain) for s in config.season_months for r in config.radius_km]
    table = _stage(1, cheap or dear, area, library, grid)
    if cheap and dear:
        ranked = sorted(table, key=lambda row: row["rmse"])[:FINALISTS]
        finalists = [Candidate(r["radius_km"], r["season_months"], plain) for r in ranked]
        table += _stage(2, cheap + dear, area, library, finalists)
    last = [row for row in table if row["stage"] == table[-1]["stage"]]
    best = min(last, key=lambda row: row["rmse"])
    winner = Candidate(best["radius_km"], best["season_months"], plain)
    inflated = [replace(winner, inflation=gamma) for gamma in config.inflation]
    final = _stage(3, cheap + dear, area, library, inflated, spread=True)
    best = min(final, key=lambda row: row["crps"])
    return EnsembleOI(
        library, best["radius_km"], best["season_months"], best["inflation"]
    ), table + final


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
    need_cases(cases)
    if len(shares) == 1:
        return shares[0], []
    cheap = [case for case in cases if case[0].observed.sum() <= FEW] or cases[:DEAR]
    rmse: dict[float, list[float]] = {share: [] for share in shares}
    for problem, truth in sorted(cheap, key=lambda case: case[0].case):
        stranger, weight = others(problem.case), weight_of(problem, area)
        for share, found in rmse.items():
            mean = stranger.with_share(share).means([problem])[0]
            found.append(weighted_rmse(mean, truth, weight))
    table: Table = [
        {
            "method": "ensemble_oi",
            "stage": 4,
            "share": share,
            "cases": len(found),
            "rmse": mean_over(found),
        }
        for share, found in rmse.items()
    ]
    return min(table, key=lambda row: row["rmse"])["share"], table


def _stage(
    stage: int,
    cases: Sequence[Case],
    area: NDArray,
    library: StateLibrary,
    candidates: Sequence[Candidate],
    spread: bool = False,
) -> Table:
    """Scores of candidates on cases."""
    scores: dict[Candidate, list[tuple[float, float]]] = {c: [] for c in candidates}

    def score(case: Case) -> list[tuple[Candidate, tuple[float, float]]]:
        problem, truth = case
        weight, found = weight_of(problem, area), []
        for candidate, answer in analyses(library, case, candidates, spread):
            crps = weighted_crps(answer, truth, weight) if spread else np.nan
            found.append((candidate, (weighted_rmse(answer.mean, truth, weight), crps)))
        return found

    for found in side_by_side(score, cases):
        for candidate, pair in found:
            scores[candidate].append(pair)
    rows = []
    for c, pairs in scores.items():
        row = {"method": "ensemble_oi", "stage": stage, **vars(c), "cases": len(pairs)}
        row["rmse"] = mean_over([rmse for rmse, _ in pairs])
        rows.append(row | ({"crps": mean_over([crps for _, crps in pairs])} if spread else {}))
    return rows


def analyses(
    library: StateLibrary, case: Case, candidates: Sequence[Candidate], spread: bool
) -> Iterator[tuple[Candidate, Analysis]]:
    """What `EnsembleOI.analyse` answers with each of several candidates, for less than each alone.

    Without `spread`, the standard deviation is left out.
    """
    problem = case[0]
    for season in sorted({c.season_months for c in candidates}):
        mine = [c for c in candidates if c.season_months == season]
        observed = library.observe(problem, season)
        covariance = observed.covariance()
        weights, inverses, means, variances = [], [], [], []
        for c in mine:
            local = library.localise(observed, covariance.copy(), c.radius_km)
            factor = factorise(np.multiply(local, c.inflation, out=local), observed.s_y)
            weights.append(solve(factor, observed.y))
            inverses.append(invert(factor) if spread else factor)
            means.append(np.zeros(library.layout.cell.size))
            prior = library.variance(observed.season) if spread else np.zeros(1)
            variances.append(c.inflation * prior)
        for tile in library.tiles(observed, max(c.radius_km for c in mine)):
            for i, c in enumerate(mine):
                fade = c.inflation * gaspari_cohn(tile.distance, c.radius_km * 1e3)
                gain = fade[tile.expand] * tile.covariance
                means[i][tile.rows] = gain @ weights[i][tile.near]
                if spread:
                    within = inverses[i][np.ix_(tile.near, tile.near)]
                    variances[i][tile.rows] -= np.einsum("vp,vp->v", gain @ within, gain)
        for c, mean, variance in zip(mine, means, variances, strict=True):
            std = None
            if spread:
                std = library.layout.scatter(np.sqrt(np.maximum(variance, 0)), 1)
            yield c, Analysis(library.layout.scatter(mean), std)
