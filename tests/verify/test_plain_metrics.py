"""Deterministic metrics against closed forms and xskillscore."""

import numpy as np
import pytest
import xarray as xr
import xskillscore as xs
from hypothesis import given, settings
from hypothesis import strategies as st

import plain_metrics as metrics
from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid

GRID = LatLonGrid.regular(12, 24)
AREA = GRID.cell_area()


@pytest.fixture
def pair():
    rng = np.random.default_rng(1)
    truth = rng.standard_normal(GRID.shape)
    return truth + 0.3 * rng.standard_normal(GRID.shape) + 0.1, truth


def test_a_constant_offset_is_every_error_at_once():
    truth = np.random.default_rng(0).standard_normal(GRID.shape)
    estimate = truth - 0.25
    assert metrics.rmse(estimate, truth, AREA) == pytest.approx(0.25, rel=1e-12)
    assert metrics.mae(estimate, truth, AREA) == pytest.approx(0.25, rel=1e-12)
    assert metrics.bias(estimate, truth, AREA) == pytest.approx(-0.25, rel=1e-12)
    assert metrics.correlation(estimate, truth, AREA) == pytest.approx(1, rel=1e-12)
    assert metrics.correlation(-estimate, truth, AREA) == pytest.approx(-1, rel=1e-12)


def test_an_error_in_the_tropics_counts_by_their_area():
    # Between 30°S and 30°N lies sin 30° = half of the sphere.
    error = np.where(np.abs(GRID.latitude) < 30, 1.0, 0.0)[:, None] * np.ones(GRID.shape)
    assert metrics.rmse(error, 0 * error, AREA) == pytest.approx(np.sqrt(0.5), rel=1e-12)
    assert metrics.bias(error, 0 * error, AREA) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("name", ["rmse", "mae", "correlation", "bias"])
def test_agrees_with_xskillscore(pair, name):
    a, b = (xr.DataArray(field, dims=("y", "x")) for field in pair)
    weights = xr.DataArray(AREA / AREA.mean(), dims=("y", "x"))
    other = {"rmse": xs.rmse, "mae": xs.mae, "correlation": xs.pearson_r, "bias": xs.me}[name]
    expected = float(other(a, b, dim=["y", "x"], weights=weights))
    assert getattr(metrics, name)(*pair, AREA) == pytest.approx(expected, rel=1e-9)


def test_land_is_never_read(pair):
    estimate, truth = (field.copy() for field in pair)
    weight = AREA.copy()
    weight[3:7, 5:20] = 0
    before = metrics.rmse(estimate, truth, weight)
    estimate[3:7, 5:20], truth[3:7, 5:20] = np.nan, 1e20
    assert metrics.rmse(estimate, truth, weight) == before


def test_a_missing_ocean_value_is_an_error_not_a_score(pair):
    estimate, truth = (field.copy() for field in pair)
    estimate[2, 2] = np.nan
    with pytest.raises(BadData, match="1 of 288 scored cells are not finite"):
        metrics.rmse(estimate, truth, AREA)
    with pytest.raises(BadData, match="no cell"):
        metrics.rmse(estimate, truth, 0 * AREA)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10), st.floats(-5, 5))
def test_scores_scale_with_the_unit(seed, scale, shift):
    rng = np.random.default_rng(seed)
    a, b, w = rng.standard_normal(50), rng.standard_normal(50), rng.random(50) + 0.1
    assert metrics.rmse(scale * a, scale * b, w) == pytest.approx(scale * metrics.rmse(a, b, w))
    assert metrics.correlation(scale * a + shift, b, w) == pytest.approx(
        metrics.correlation(a, b, w), abs=1e-9
    )
    rms, mean_error = metrics.rmse(a, b, w), metrics.bias(a, b, w)
    assert abs(mean_error) <= metrics.mae(a, b, w) + 1e-12 <= rms + 2e-12


def test_published_scores_are_unweighted_means_of_their_cells():
    ocean = np.ones((2, 10, 20), bool)
    ocean[:, :, 0] = False
    observed = np.zeros_like(ocean)
    observed[0, 0, :10] = observed[1, 5, 3:12] = True
    error = np.where(observed, 0.2, 0.8)
    error[:, :, 0] = np.nan
    guidance, rest, total = metrics.published_mse(error, observed, ocean, 0.075)
    assert guidance == pytest.approx(0.04) and rest == pytest.approx(0.64)
    assert total == pytest.approx(0.075 * 0.04 + 0.925 * 0.64)


def test_the_papers_headline_satisfies_the_formula_of_the_total():
    # 0.049 on guidance cells and 0.680 on the others were published with a total of 0.633.
    assert metrics.total_mse(0.049, 0.680, 0.075) == pytest.approx(0.633, abs=5e-4)


def test_the_published_total_is_the_plain_mse_when_the_density_is_exact():
    rng = np.random.default_rng(4)
    error, ocean = rng.standard_normal((3, 20, 40)), np.ones((3, 20, 40), bool)
    observed = np.zeros(error.size, bool)
    observed[rng.choice(error.size, 180, replace=False)] = True
    *_, total = metrics.published_mse(error, observed.reshape(error.shape), ocean, 180 / 2400)
    assert total == pytest.approx(np.mean(error**2), rel=1e-12)
