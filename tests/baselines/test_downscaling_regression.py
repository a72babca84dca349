"""Regression from the surrounding means: closed form, planes, the optimum, and one place."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from downscaling_pairs import gaussian_fields, low_resolution, plane

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.superres.place import PlaceRegression, season_of, tune_place, yearly_cycle

from thermocline.baselines.common.variogram import Covariance
from thermocline.baselines.downscaling.moments import Moments, without_plane
from thermocline.baselines.downscaling.oi import DownscalingOI
from thermocline.baselines.downscaling.regression import (
    DownscalingRegression,
)
from thermocline.baselines.downscaling.tuning import (
    tune_downscaling_oi,
    tune_regression,
)
from thermocline.baselines.downscaling.upsampling import Upsampling, fill_land, upsample
from thermocline.errors import BadData, BadFile, BadObservations
from thermocline.ocean.latlon import LatLonGrid

TRUE = Covariance(("matern32",), (5.0,), (1.0,))
FACTOR = 4
SHAPE = (24, 28)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:5, :3] = OCEAN[-2:, -9:] = False


def made(count, seed, s_y=0.05, ocean=OCEAN, covariance=TRUE):
    fields = 18 + gaussian_fields(covariance, ocean.shape, count, seed)
    return [
        (low_resolution(field, ocean, FACTOR, s_y, 1000 * seed + n), np.where(ocean, field, np.nan))
        for n, field in enumerate(fields.astype(np.float32))
    ]


def clipped(truth, inside):
    """Known inside alone, so that only whole windows are learned from."""
    kept = np.full_like(truth, np.nan)
    kept[inside] = truth[inside]
    return kept


def rmse(method, pairs, inside=np.s_[:]):
    errors = [(method.analyse(p).mean[0] - x)[inside] for p, x in pairs]
    return np.sqrt(np.nanmean(np.square(errors)))


@pytest.mark.parametrize("reach", [1, 2])
def test_filters_are_those_of_a_ridge_regression(reach):
    """Stacked least squares with penalty rows, block by block, without sums or sharing."""
    pairs, ridge = made(3, 0), 0.02
    rows, targets = [], []
    for problem, truth in pairs:
        filled = fill_land(problem.value)
        for _ in range(2):  # both axes
            far = np.arange(reach, 0, -1)[:, None]
            before = filled[0] + far * (filled[0] - filled[1])
            after = filled[-1] + far[::-1] * (filled[-1] - filled[-2])
            filled = np.concatenate([before, filled, after]).T
        lacking = truth - upsample(problem.value, FACTOR)
        for i, j in np.ndindex(problem.value.shape):
            block = lacking[FACTOR * i : FACTOR * (i + 1), FACTOR * j : FACTOR * (j + 1)]
            if np.isfinite(block).all():
                window = filled[i : i + 2 * reach + 1, j : j + 2 * reach + 1]
                y, x = np.indices(window.shape)
                basis = np.stack([np.ones(y.size), y.ravel(), x.ravel()], axis=1)
                fit = basis @ np.linalg.lstsq(basis, window.ravel(), rcond=None)[0]
                rows.append(window.ravel() - fit)
                targets.append(block.ravel())
    rows, targets = np.array(rows), np.array(targets)
    n = rows.shape[1]
    size = ridge * (rows**2).sum() / n
    stacked = np.concatenate([rows, np.sqrt(size) * np.eye(n)])
    expected = np.linalg.lstsq(
        stacked, np.concatenate([targets, np.zeros((n, FACTOR**2))]), rcond=None
    )[0].T
    moments = Moments.of(pairs, 2)
    found = moments.filters(reach, ridge)
    np.testing.assert_allclose(found, expected @ without_plane(reach), atol=1e-8)
    error = targets - rows @ found.T
    assert moments.count == len(rows) < len(pairs) * 42
    assert moments.rmse(found) == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-9)
    fitted = DownscalingRegression.fit(pairs, reach, ridge, classes=1)
    np.testing.assert_allclose(fitted.std[0], np.sqrt((error**2).mean(axis=0)), rtol=1e-9)


def test_planes_and_constants_stay_what_they_are():
    method = DownscalingRegression.fit(made(4, 1), 2, 1e-4)
    ocean = np.ones((16, 20), bool)
    ocean[:4, 8:12] = ocean[-4:, :4] = False
    for cells in (plane(16, 20), np.full((16, 20), 13.0)):
        answer = method.analyse(low_resolution(cells, ocean, FACTOR, 0.1))
        np.testing.assert_allclose(answer.mean[0][ocean], cells[ocean], atol=1e-5)
        assert (answer.mean[0][~ocean] == 0).all() and (answer.std[0][ocean] > 0).all()


def test_a_large_ridge_ends_in_bicubic():
    pairs = made(4, 2)
    problem = pairs[0][0]
    stiff = DownscalingRegression.fit(pairs, 2, 1e9).analyse(problem)
    np.testing.assert_allclose(stiff.mean, Upsampling("bicubic").analyse(problem).mean, atol=1e-5)


def test_it_approaches_the_optimum_as_training_grows():
    """No linear filter beats the OI that knows the covariance; away from edges both are one."""
    ocean = np.ones((28, 28), bool)
    test = made(40, 3, ocean=ocean)
    inside = np.s_[FACTOR * 2 : -FACTOR * 2, FACTOR * 2 : -FACTOR * 2]
    optimum = rmse(DownscalingOI(TRUE, FACTOR, 2), test, inside)
    train = [(p, clipped(x, inside)) for p, x in made(160, 4, ocean=ocean)]
    excess = [
        rmse(DownscalingRegression.fit(train[:count], 2, 1e-6, 1), test, inside) / optimum - 1
        for count in (2, 10, 160)
    ]
    assert excess[0] > 2 * excess[1] > 4 * excess[2] and -1e-3 < excess[2] < 0.01
    assert rmse(Upsampling("bicubic"), test, inside) > 1.02 * optimum


def test_errors_grow_with_roughness():
    rng = np.random.default_rng(5)
    pairs = []
    for problem, truth in made(60, 6, s_y=0):
        scale = rng.choice([0.2, 1.0])
        pairs.append(
            (replace(problem, value=18 + scale * (problem.value - 18)), 18 + scale * (truth - 18))
        )
    pairs = [(p, x.astype(np.float32)) for p, x in pairs]
    tuned, table = tune_regression(pairs[:40], pairs[40:], reaches=(1, 2), ridges=(1e-4, 1e-1))
    assert len(tuned.std) > 1 and tuned.std[-1].mean() > 2 * tuned.std[0].mean()
    assert len(table) == 2 * 2 + 3
    best = min((row for row in table if "rmse" in row), key=lambda row: row["rmse"])
    again = DownscalingRegression.fit(pairs, best["reach"], best["ridge"], len(tuned.std))
    np.testing.assert_allclose(tuned.filters, again.filters, atol=1e-8)
    np.testing.assert_allclose(tuned.std, again.std, rtol=1e-6)
    assert tuned.std.shape == (len(tuned.edges) + 1, FACTOR**2)


def test_tuned_oi_is_nearly_the_true_one_and_says_what_it_tried():
    tuned, table = tune_downscaling_oi(
        made(30, 7), made(10, 8), (("matern32",), ("exponential",)), (2,), (1, 2), (None, 32.0)
    )
    test = made(20, 9)
    assert rmse(tuned, test) < 1.01 * rmse(DownscalingOI(TRUE, FACTOR, 2), test)
    assert 0.9 < tuned.spread < 1.1
    assert [set(row) >= {"kernels", "reach", "rmse"} for row in table[:4]] == [True] * 4
    assert all("crps" in row for row in table[4:]) and len(table) == 4 + 2 * 16


def days(first, last, seed, ocean=OCEAN):
    """One place: a yearly cycle, modes that the means do not resolve, and no error."""
    date = np.arange(np.datetime64(f"{first}-01-01"), np.datetime64(f"{last + 1}-01-01"), 7)
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: ocean.shape[0], : ocean.shape[1]]
    modes = np.stack([np.cos(x / 9), np.sin(y / 7) + 0.3 * np.sin(2 * x), np.cos((x + y) / 11)])
    phase = 2 * np.pi * (date - date.astype("datetime64[Y]")).astype(float) / 365.25
    amplitude = rng.standard_normal((date.size, 3)) * [1, 0.7, 0.5]
    field = 15 + (3 + 0.1 * np.sin(3 * y)) * np.cos(phase)[:, None, None]
    field = field + np.einsum("nk,kyx->nyx", amplitude, modes)
    noise = np.where(np.cos(phase) > 0, 0.05, 0.1)[:, None, None]
    field = (field + noise * rng.standard_normal(field.shape)).astype(np.float32)
    return [
        (
            low_resolution(f, ocean, FACTOR, date=str(d)),
            np.where(ocean, f, np.nan).astype(np.float32),
        )
        for f, d in zip(field, date, strict=True)
    ]


TRAIN, TEST = days(1990, 2003, 0), days(2004, 2005, 1)


def test_place_regression_is_the_closed_form():
    method = PlaceRegression.fit(TRAIN, harmonics=2, ridge=1e-2)
    known = TRAIN[0][0].observed
    cycle = yearly_cycle(np.array([p.date for p, _ in TRAIN]), 2)
    Y = np.array([p.value[known] for p, _ in TRAIN], float)
    X = np.array([x[OCEAN] for _, x in TRAIN], float)
    off = np.eye(len(cycle)) - cycle @ np.linalg.pinv(cycle)
    Y0, X0 = off @ Y, off @ X
    size = 1e-2 * np.mean(np.sum(Y0**2, axis=0))
    W = X0.T @ Y0 @ np.linalg.inv(Y0.T @ Y0 + size * np.eye(Y.shape[1]))
    problem = TEST[5][0]
    new = yearly_cycle(np.array([problem.date]), 2) @ np.linalg.pinv(cycle)
    expected = new @ X + (problem.value[known] - new @ Y) @ W.T
    answer = method.analyse(problem)
    np.testing.assert_allclose(answer.mean[0][OCEAN], expected[0], atol=1e-4)
    assert (answer.mean[0][~OCEAN] == 0).all() and (answer.std[0][~OCEAN] == 0).all()


def test_place_regression_knows_what_blocks_do_not_resolve_and_its_error_by_season():
    place, table = tune_place(TRAIN[:-104], TRAIN[-104:], (1, 2), (1e-5, 1e-3, 1e-1))
    anywhere, _ = tune_regression(TRAIN[:-104], TRAIN[-104:], (1,), (1e-4, 1e-2))
    assert rmse(place, TEST) < 0.7 * rmse(anywhere, TEST)
    assert rmse(place, TEST) == pytest.approx(0.08, abs=0.01)
    by_season = place.std.mean(axis=1)
    assert by_season[0] == pytest.approx(0.05, rel=0.15)  # December to February
    assert by_season[2] == pytest.approx(0.10, rel=0.15)  # June to August
    assert len(table) == 2 * 3 + 16


def test_calendar():
    dates = np.array(["2003-12-01", "2004-02-29", "2004-03-01", "2004-11-30"], "datetime64[D]")
    np.testing.assert_array_equal(season_of(dates), [0, 0, 1, 3])
    cycle = yearly_cycle(np.arange(np.datetime64("2004-01-01"), np.datetime64("2005-01-01")), 3)
    np.testing.assert_allclose(cycle.T @ cycle / 366, np.diag([1] + 6 * [0.5]), atol=1e-9)


def test_another_place_or_a_missing_block_is_refused():
    method = PlaceRegression.fit(TRAIN[:60])
    problem = TEST[0][0]
    elsewhere = low_resolution(plane(*SHAPE), np.ones(SHAPE, bool), FACTOR)
    with pytest.raises(BadObservations, match="another place"):
        method.analyse(elsewhere)
    value = problem.value.copy()
    value[3, 3] = np.nan
    with pytest.raises(BadObservations, match="without a value"):
        method.analyse(replace(problem, value=value))
    with pytest.raises(BadData, match="same grid"):
        PlaceRegression.fit([*TRAIN[:3], (elsewhere, plane(*SHAPE))])


def test_stored_and_read_it_answers_the_same(tmp_path):
    method = DownscalingRegression.fit(TRAIN[:60])
    method.save(tmp_path / "method.safetensors")
    again = type(method).load(tmp_path / "method.safetensors")
    a, b = (each.analyse(TEST[3][0]) for each in (method, again))
    np.testing.assert_array_equal(a.mean, b.mean)
    np.testing.assert_array_equal(a.std, b.std)
    with pytest.raises(BadFile, match="not 'oi'"):
        DownscalingOI.load(tmp_path / "method.safetensors")


def test_round_the_globe_no_seam_is_seen():
    """A turned globe has the turned answer, whatever the method."""
    rng = np.random.default_rng(11)
    ocean = rng.random((6, 24)).repeat(FACTOR, 0).repeat(FACTOR, 1) > 0.1
    truth = 10 + rng.standard_normal(ocean.shape).cumsum(axis=0) / 3
    turned = lambda field: np.roll(field, 6 * FACTOR, axis=1)
    globe = lambda field, sea: replace(
        low_resolution(field, sea, FACTOR, 0.1), grid=LatLonGrid.regular(*ocean.shape)
    )
    regression = DownscalingRegression.fit(made(4, 12), 2)
    for method in (Upsampling("lanczos"), regression, DownscalingOI(TRUE, FACTOR, 2)):
        one = method.analyse(globe(truth, ocean))
        other = method.analyse(globe(turned(truth), turned(ocean)))
        np.testing.assert_allclose(other.mean[0], turned(one.mean[0]), atol=1e-3)
        flat = method.analyse(low_resolution(truth, ocean, FACTOR, 0.1))
        assert np.abs(flat.mean - one.mean).max() > 0.1


def test_without_open_sea_there_is_nothing_to_learn():
    ocean = np.ones(SHAPE, bool)
    ocean[::FACTOR, ::FACTOR] = False
    with pytest.raises(BadData, match="no block is all sea"):
        DownscalingRegression.fit(made(1, 10, ocean=ocean))
