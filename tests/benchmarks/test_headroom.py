"""Gaussian worlds have the moments they claim; moments are told from those of Gaussian series."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.headroom.climates import Climate, own_climate
from benchmarks.headroom.marginals import marginals, randomised
from benchmarks.headroom.worlds import CENTRED, OWN, PERFECT, REAL, Errors, observe, shares
from scipy.stats import kurtosis, skew

from thermocline.baselines.common.localisation import arc, gaspari_cohn
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid

GRID, LEVELS, RADIUS, INFLATION = LatLonGrid.regular(4, 6), 2, 6000.0, 0.8
SHAPE = (LEVELS, *GRID.shape)


def problem(month=1):
    observed = np.zeros(SHAPE, bool)
    observed[:, 1, 2] = True
    y = np.where(observed, 0.5, 0).astype(np.float32)
    s_y = np.where(observed, 0.2, 1).astype(np.float32)
    return AnomalyProblem(y, s_y, observed, np.ones(SHAPE, bool), month, "a/2000-01")


@pytest.fixture(scope="module")
def climate():
    states = np.random.default_rng(0).standard_normal((24, *SHAPE)).astype(np.float32)
    months = np.arange(24) % 12 + 1
    return Climate(EnsembleOI.of(states, months, GRID, RADIUS, inflation=INFLATION))


@pytest.mark.parametrize("localised", [True, False])
def test_draws_have_the_covariance_of_the_ensemble_oi(climate, localised):
    rng, count = np.random.default_rng(1), 6000
    layout = climate.ensemble.library.layout
    draws = np.stack([climate.field(problem(), rng, localised=localised) for _ in range(count)])
    rows = draws.reshape(count, -1)[:, layout.cell]
    states = climate.ensemble.library.states.astype(np.float64)
    expected = INFLATION * states @ states.T / (states.shape[1] - 1)
    if localised:
        local = gaspari_cohn(arc(layout.point, layout.point), RADIUS * 1e3)
        expected *= local[np.ix_(layout.column, layout.column)]
    error = np.abs(rows.T @ rows / count - expected)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert (error / scale).max() < 5 * np.sqrt(2 / count) + 0.02  # the root of L is cut at 1 %


def test_a_members_own_climate_is_of_its_own_states_without_their_mean(climate):
    rng = np.random.default_rng(2)
    states = 3 + rng.standard_normal((48, *SHAPE)).astype(np.float32)
    names = [f"{'ab'[i % 2]}/{2000 + i // 12}-{i % 12 + 1:02d}" for i in range(48)]
    parts = {"train": (states, np.arange(48) % 12 + 1, names)}
    store = SimpleNamespace(grid=GRID, states=parts.__getitem__)
    mean, own = own_climate(store, "b", climate.ensemble)
    np.testing.assert_allclose(mean, states[1::2].mean(axis=0), rtol=1e-5)
    assert own.ensemble.library.states.shape[1] == 24
    assert np.abs(own.ensemble.library.states.mean(axis=1)).max() < 1e-5
    assert own.ensemble.inflation == 1
    assert own.ensemble.radius_km == RADIUS


def test_another_ocean_is_observed_with_the_same_errors():
    truth, ocean = np.full(SHAPE, 0.4, np.float32), np.full(SHAPE, -2.0, np.float32)
    seen = observe(problem(), truth, ocean)
    np.testing.assert_allclose(seen.y[seen.observed], -2 + (0.5 - 0.4), rtol=1e-6)
    assert np.all(seen.y[~seen.observed] == 0)


def test_the_parts_add_up_to_the_error_on_the_real_fields():
    errors = Errors({REAL: [3.0, 5.0], CENTRED: [2.0, 4.0], OWN: [2.0, 2.5], PERFECT: [1.0, 2.0]})
    parts = dict(shares(errors))
    assert sum(parts.values()) == pytest.approx(4.0)
    assert parts["wrong mean"] == pytest.approx(1.0)
    assert parts["wrong covariance"] == pytest.approx(0.75)


def test_moments_are_scipys_and_stand_out_where_series_are_not_gaussian():
    rng = np.random.default_rng(3)
    skewed = rng.exponential(size=(480, 1, 3, 4))
    normal = rng.standard_normal((480, 1, 3, 4))
    series = np.concatenate([skewed, normal], axis=1).astype(np.float32)
    found = marginals(series, np.ones((3, 4)), np.ones((2, 3, 4), bool), rng)
    expected = np.abs(skew(series, axis=0)).mean(axis=(1, 2))
    np.testing.assert_allclose(found["skewness"].estimate, expected, rtol=1e-3)
    expected = kurtosis(series, axis=0).mean(axis=(1, 2))
    np.testing.assert_allclose(found["kurtosis"].estimate, expected, atol=1e-2)
    for moment in found.values():
        excess = moment.estimate - moment.gaussian
        assert excess[0] > 2 * moment.half[0]
        assert abs(excess[1]) < 3 * moment.half[1]


@pytest.mark.parametrize("length", [24, 25])
def test_random_phases_keep_every_cross_spectrum(length):
    rng = np.random.default_rng(4)
    series = rng.standard_normal((length, 3)).cumsum(axis=0)
    twin = randomised(series, rng)
    cross = lambda x: np.einsum("fi,fj->fij", np.fft.rfft(x, axis=0), np.fft.rfft(x, axis=0).conj())
    np.testing.assert_allclose(cross(twin), cross(series), atol=1e-8)
    assert not np.allclose(twin, series)
