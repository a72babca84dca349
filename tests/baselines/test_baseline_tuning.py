"""Tuning: scores are those of the methods themselves, and the truth is found where it is known."""

from dataclasses import replace

import numpy as np
import properscoring
import pytest

from thermocline.baselines.common.kernels import KERNELS
from thermocline.baselines.common.localisation import chord
from thermocline.baselines.common.scoring import (
    gaussian_crps,
    weight_of,
    weighted_crps,
    weighted_rmse,
)
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.tuning import tune_ensemble_oi
from thermocline.baselines.univariate.tuning import tune_dineof, tune_oi
from thermocline.config import DineofConfig, EnsembleOIConfig, OIConfig
from thermocline.errors import BadConfig
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import unit_vectors

GRID = LatLonGrid.regular(12, 24)
SHAPE = (2, *GRID.shape)
AREA = GRID.cell_area()
LENGTHS = (3000.0, 1000.0)  # of the two levels


def gaussian_fields(count: int, seed: int, lengths: tuple[float, ...] = LENGTHS) -> np.ndarray:
    """Draws of independent levels with Gaussian covariances."""
    lon, lat = np.meshgrid(GRID.longitude, GRID.latitude)
    points = unit_vectors(lat.ravel(), lon.ravel())
    rng, levels = np.random.default_rng(seed), []
    for length in lengths:
        b = KERNELS["gaussian"](chord(points, points) / (length * 1e3))
        root = np.linalg.cholesky(b + 1e-6 * np.eye(len(b)))
        levels.append(rng.standard_normal((count, len(b))) @ root.T)
    fields = np.stack(levels, axis=1).reshape(count, *SHAPE)
    fields[:, :, :2] = 0  # land
    return fields.astype("f4")


def make_cases(count: int = 8, fraction: float = 0.15, lengths: tuple[float, ...] = LENGTHS):
    truths, cases = gaussian_fields(count, 3, lengths), []
    ocean = np.ones(SHAPE, bool)
    ocean[:, :2] = False
    rng = np.random.default_rng(4)
    for i, truth in enumerate(truths):
        observed = ocean & (rng.random(SHAPE) < fraction)
        s_y = np.where(observed, 0.2, 1).astype("f4")
        y = np.where(observed, truth + s_y * rng.standard_normal(SHAPE), 0).astype("f4")
        cases.append((AnomalyProblem(y, s_y, observed, ocean, i % 12 + 1), truth))
    return cases


STATES, MONTHS = gaussian_fields(96, 7), np.arange(96) % 12 + 1


def test_oi_tuning_finds_the_covariance_the_truth_was_drawn_from():
    cases = make_cases(16)
    config = OIConfig(length_km=(500, 1000, 3000, 8000), error_factor=(1, 4))
    method, table = tune_oi(cases, AREA, GRID, config)
    assert method.lengths_km == [3000, 1000]
    assert method.kernels == ["gaussian", "gaussian"] and method.error_factors == [1, 1]
    assert len(table) == len(KERNELS) * 4 * 2 * 2


@pytest.mark.parametrize("window", [False, True])
def test_oi_scores_are_those_of_the_method(window):
    """With the months around, too, where the method is told of them."""
    cases, rho = make_cases(2), [0.8, 0.3] if window else None
    if window:
        around = [
            AnomalyNeighbour(lag, p.y, p.s_y, p.observed)
            for lag, (p, _) in zip((-1, 1), make_cases(2, 0.1), strict=True)
        ]
        cases = [(replace(p, around=tuple(around)), truth) for p, truth in cases]
    config = OIConfig(length_km=(2000,), error_factor=(2,))
    method, table = tune_oi(cases, AREA, GRID, config, ("matern32",), rho)
    assert (method.lengths_km, method.error_factors) == ([2000] * 2, [2] * 2)
    assert method.persistence == rho
    for level, row in enumerate(table):
        rmse = [
            weighted_rmse(method.analyse(p).mean[level], truth[level], weight_of(p, AREA)[level])
            for p, truth in cases
        ]
        assert row["level"] == level and row["rmse"] == pytest.approx(np.mean(rmse), rel=1e-4)


def test_ensemble_tuning_takes_the_best_of_its_table():
    """Of 24 states correlated over 1500 km: 300 km reach no other cell, 20000 km mostly noise."""
    short = (1500.0, 1500.0)
    library = StateLibrary(gaussian_fields(24, 7, short), MONTHS[:24], GRID)
    cases = make_cases(4, lengths=short)
    config = EnsembleOIConfig(
        radius_km=(300, 8000, 20000), season_months=(1, 6), inflation=(0.2, 1.0, 5.0)
    )
    method, table = tune_ensemble_oi(cases, AREA, library, config)
    first = [row for row in table if row["stage"] == 1]
    last = [row for row in table if row["stage"] == 3]
    assert len(first) == 6 and len(last) == 3
    best = min(first, key=lambda row: row["rmse"])
    assert (method.radius_km, method.season_months) == (best["radius_km"], best["season_months"])
    assert method.radius_km == 8000 and method.season_months == 6 and method.inflation == 1.0
    crps = [weighted_crps(method.analyse(p), t, weight_of(p, AREA)) for p, t in cases]
    assert min(row["crps"] for row in last) == pytest.approx(np.mean(crps), rel=1e-5)


def test_cases_are_analysed_by_strangers():
    """Each by the states that are said to be of other runs; the answer is of all states."""
    library = StateLibrary(STATES, MONTHS, GRID)
    halves = {run: StateLibrary(STATES[at::2], MONTHS[at::2], GRID) for at, run in enumerate("ab")}
    cases = [
        (replace(problem, case=f"{run}/{i}"), truth)
        for i, (run, (problem, truth)) in enumerate(zip("abab", make_cases(4), strict=True))
    ]
    config = EnsembleOIConfig(radius_km=(4000,), season_months=(6,), inflation=(1, 2))
    asked: list[str] = []

    def others(name: str) -> StateLibrary:
        """As one that keeps a single library, and makes the next when another run is asked for."""
        if asked[-1:] != [name[0]]:
            asked.append(name[0])
        return halves[name[0]]

    method, table = tune_ensemble_oi(cases, AREA, library, config, others)
    assert method.library is library
    assert asked == ["a", "b"] * 2, "each run's states once in each of the two stages"
    crps = [
        weighted_crps(method.with_library(others(p.case)).analyse(p), t, weight_of(p, AREA))
        for p, t in cases
    ]
    assert min(row["crps"] for row in table[-2:]) == pytest.approx(np.mean(crps), rel=1e-5)


def test_finalists_are_ranked_on_the_dear_cases_too(monkeypatch):
    monkeypatch.setattr("thermocline.baselines.ensemble.tuning.CHEAP_OBSERVATIONS", 60)
    cases = make_cases(2, 0.05) + make_cases(4, 0.3)
    config = EnsembleOIConfig(radius_km=(2000, 4000, 8000), season_months=(6,), inflation=(1,))
    _, table = tune_ensemble_oi(cases, AREA, StateLibrary(STATES, MONTHS, GRID), config)
    assert [(row["stage"], row["cases"]) for row in table] == [(1, 2)] * 3 + [(2, 4)] * 2 + [(3, 4)]


def test_dineof_tuning_takes_the_best_number_of_modes():
    method, table = tune_dineof(
        make_cases(3), AREA, STATES, GRID, DineofConfig(modes=(2, 10, 40, 500))
    )
    assert [row["modes"] for row in table] == [2, 10, 40, 96]
    best = min(table, key=lambda row: row["rmse"])
    assert method.modes == best["modes"]
    rmse = [weighted_rmse(method.mean(p), t, weight_of(p, AREA)) for p, t in make_cases(3)]
    assert best["rmse"] == pytest.approx(np.mean(rmse), rel=1e-4)


def test_nothing_to_tune_on_is_an_error():
    with pytest.raises(BadConfig, match="validation"):
        tune_oi([], AREA, GRID, OIConfig())


def test_crps_agrees_with_properscoring():
    rng = np.random.default_rng(0)
    mean, std, truth = rng.standard_normal((3, 200))
    std = np.abs(std) + 0.01
    expected = properscoring.crps_gaussian(truth, mean, std)
    np.testing.assert_allclose(gaussian_crps(mean, std, truth), expected, atol=1e-12)
