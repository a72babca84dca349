"""Kriging from block means: dense conditioning, planes, land, amplitude, true covariance."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from downscaling_pairs import gaussian_fields, low_resolution, plane

from thermocline.baselines.common.scoring import gaussian_crps
from thermocline.baselines.common.variogram import (
    Covariance,
    fit_covariance,
    less_plane,
    measure_variogram,
)
from thermocline.baselines.downscaling.oi import DownscalingOI
from thermocline.baselines.downscaling.tuning import rmse_over_sea, spread_scores
from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.errors import BadConfig, BadFile
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis

TRUE = Covariance(("matern32", "exponential"), (4.0, 12.0), (0.3, 0.8), 0.8)
FACTOR = 4


def coast(rows, columns):
    ocean = np.ones((rows, columns), bool)
    ocean[:FACTOR, :FACTOR] = ocean[FACTOR : FACTOR + 2, :3] = ocean[-1, 5:9] = False
    return ocean


def conditioned(problem, covariance, slope_variance):
    """Dense Gaussian conditioning on all blocks at once; the plane has a wide Gaussian prior."""
    f, (rows, columns) = problem.factor, problem.ocean.shape
    row, column = (x.ravel() for x in np.indices((rows, columns)))
    prior = covariance(row[:, None] - row, column[:, None] - column)
    y, x = row - row.mean(), column - column.mean()
    for basis in (np.ones(y.size), y, x):
        prior = prior + slope_variance * basis[:, None] * basis
    block = row // f * (columns // f) + column // f
    known = np.flatnonzero(problem.observed.ravel())
    A = (block == known[:, None]) & problem.ocean.ravel()
    A = A / A.sum(axis=1, keepdims=True)
    S = A @ prior @ A.T + np.diag(problem.s_y.ravel()[known].astype(float) ** 2)
    gain = np.linalg.solve(S, A @ prior).T
    level = problem.value.ravel()[known].mean()
    mean = level + gain @ (problem.value.ravel()[known] - level)
    variance = np.diag(prior) - np.einsum("ck,kc->c", gain, A @ prior)
    return mean.reshape(rows, columns), np.sqrt(variance).reshape(rows, columns)


def test_agrees_with_dense_conditioning():
    ocean = coast(4 * FACTOR, 5 * FACTOR)
    truth = 15 + gaussian_fields(TRUE, ocean.shape, 1, 0)[0]
    s_y = np.random.default_rng(0).uniform(0.05, 0.4, (4, 5))
    problem = low_resolution(truth, ocean, FACTOR, s_y, 0)
    assert not problem.observed.all()
    answer = DownscalingOI(TRUE, FACTOR, reach=4).analyse(problem)
    mean, std = conditioned(problem, TRUE, 1e4)
    np.testing.assert_allclose(answer.mean[0][ocean], mean[ocean], atol=2e-4)
    np.testing.assert_allclose(answer.std[0][ocean], std[ocean], atol=2e-4)
    assert (answer.mean[0][~ocean] == 0).all() and (answer.std[0][~ocean] == 0).all()


@pytest.mark.parametrize("reach", [1, 2])
def test_planes_stay_planes_wherever_the_coast_is(reach):
    """Means over the sea part of a block stand at its middle, not at the block's."""
    ocean = coast(5 * FACTOR, 7 * FACTOR)
    cells = plane(*ocean.shape)
    problem = low_resolution(cells, ocean, FACTOR, 0.1)
    answer = DownscalingOI(TRUE, FACTOR, reach, freedom=8.0).analyse(problem)
    np.testing.assert_allclose(answer.mean[0][ocean], cells[ocean], atol=1e-5)
    constant = low_resolution(np.full(ocean.shape, 17.0), ocean, FACTOR, 0.1)
    answer = DownscalingOI(TRUE, FACTOR, reach).analyse(constant)
    np.testing.assert_allclose(answer.mean[0][ocean], 17, atol=1e-6)


def test_lonely_blocks_are_answered():
    ocean = np.zeros((3 * FACTOR, 6 * FACTOR), bool)
    ocean[:FACTOR, :FACTOR] = ocean[-FACTOR:, -2 * FACTOR :] = True
    truth = np.where(np.arange(6 * FACTOR) < 9, 10.0, 20.0) * np.ones(ocean.shape)
    problem = low_resolution(truth, ocean, FACTOR, 0.01)
    value = problem.value.copy()
    value[0, 0] = np.nan  # sea that nothing is known of, and nothing near
    missing = type(problem)(value, problem.s_y, ocean, problem.grid, FACTOR, problem.date)
    for each in (problem, missing):
        answer = DownscalingOI(TRUE, FACTOR, 1).analyse(each)
        np.testing.assert_allclose(answer.mean[0, -FACTOR:, -2 * FACTOR :], 20, atol=1e-5)
        assert np.isfinite(answer.mean).all() and (answer.std[0][ocean] > 0).all()


def test_block_means_of_the_answer_are_those_given():
    ocean = np.ones((6 * FACTOR, 6 * FACTOR), bool)
    problem = low_resolution(gaussian_fields(TRUE, ocean.shape, 1, 3)[0], ocean, FACTOR, 1e-6)
    mean = DownscalingOI(TRUE, FACTOR, 2).analyse(problem).mean[0]
    blocks = mean.reshape(6, FACTOR, 6, FACTOR).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks, problem.value, atol=1e-5)


def test_a_variogram_is_the_mean_over_pairs():
    rng = np.random.default_rng(4)
    fields = rng.standard_normal((3, 9, 11)) + 20
    fields[:, 2:5, 3] = fields[1, 7] = np.nan
    found = measure_variogram(fields, 3)
    for dy, dx, gamma, pairs in zip(found.dy, found.dx, found.gamma, found.pairs, strict=True):
        a = fields[:, max(dy, 0) : 9 + min(dy, 0), dx:]
        b = fields[:, max(-dy, 0) : 9 - max(dy, 0), : 11 - dx]
        squares = (a - b) ** 2
        assert pairs == np.isfinite(squares).sum()
        assert gamma == pytest.approx(np.nanmean(squares) / 2, rel=1e-9)
    assert found.dy.size == 7 * 4 - 1 - 3


def test_planes_are_taken_off():
    field = plane(7, 9) + np.where(np.arange(9) == 4, np.nan, 0)
    np.testing.assert_allclose(less_plane(field)[:, :4], 0, atol=1e-12)
    bent = less_plane(field + np.arange(9) ** 2)
    known = np.isfinite(bent)
    for basis in (np.ones((7, 9)), *np.indices((7, 9))):
        assert (bent * basis)[known].sum() == pytest.approx(0, abs=1e-9)


def test_the_fitted_covariance_is_the_true_one():
    fields = gaussian_fields(TRUE, (40, 40), 200, 5)
    fitted = fit_covariance(measure_variogram(fields, 12), ("matern32", "exponential"))
    assert fitted.stretch == TRUE.stretch
    dy, dx = np.meshgrid(np.arange(13), np.arange(13))
    growth = lambda k: k(np.zeros(1), np.zeros(1)) - k(dy, dx)
    np.testing.assert_allclose(growth(fitted), growth(TRUE), rtol=0.06, atol=0.01)


def test_the_true_covariance_beats_everything_and_knows_its_error():
    shape, ocean = (28, 28), np.ones((28, 28), bool)
    wrong = [
        Covariance(("gaussian",), (4.0,), (1.1,)),
        Covariance(("exponential",), (1.0,), (1.1,)),
        Covariance(("matern32",), (20.0,), (1.1,)),
    ]
    oi = [DownscalingOI(covariance, FACTOR, 3) for covariance in (TRUE, *wrong)]
    methods = [*oi, Upsampling("bicubic"), Upsampling("lanczos")]
    errors = np.zeros((len(methods), 60))
    crps, z = np.zeros((len(oi), 60)), []
    for n, truth in enumerate(gaussian_fields(TRUE, shape, 60, 6)):
        problem = low_resolution(truth, ocean, FACTOR, 0.1, n)
        answers = [method.analyse(problem) for method in methods]
        errors[:, n] = [((each.mean[0] - truth) ** 2).mean() for each in answers]
        crps[:, n] = [gaussian_crps(a.mean, a.std, truth).mean() for a in answers[: len(oi)]]
        z.append((answers[0].mean[0] - truth) / answers[0].std[0])
    assert (errors[0].mean() < errors[1:].mean(axis=1)).all()
    assert (crps[0].mean() < crps[1:].mean(axis=1)).all()
    assert np.mean(np.square(z)) == pytest.approx(1, abs=0.05)


def test_the_amplitude_follows_the_sea():
    """Fields whose amplitude is a chi-square draw: χ² tells it, and the spread follows."""
    rng = np.random.default_rng(7)
    shape, ocean = (28, 28), np.ones((28, 28), bool)
    scale = np.sqrt(6 / rng.chisquare(6, 80))
    fields = scale[:, None, None] * gaussian_fields(TRUE, shape, 80, 8)
    believed = {v: DownscalingOI(TRUE, FACTOR, 3, v) for v in (None, 6.0)}
    crps = {v: [] for v in believed}
    for truth in fields:
        problem = low_resolution(truth, ocean, FACTOR, 1e-3)
        answers = {v: method.analyse(problem) for v, method in believed.items()}
        for v, answer in answers.items():
            crps[v].append(gaussian_crps(answer.mean, answer.std, truth).mean())
        np.testing.assert_array_equal(answers[None].mean, answers[6.0].mean)
    assert np.mean(crps[6.0]) < 0.99 * np.mean(crps[None])


def test_stored_and_read_it_answers_the_same(tmp_path):
    method = DownscalingOI(TRUE, FACTOR, 2, 7.5, 1.1)
    method.save(tmp_path / "oi.safetensors")
    again = DownscalingOI.load(tmp_path / "oi.safetensors")
    ocean = coast(12, 16)
    problem = low_resolution(plane(12, 16) ** 2, ocean, FACTOR, 0.1)
    for a, b in zip(*(m.analyse(problem).__dict__.values() for m in (method, again)), strict=True):
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(BadFile):
        DownscalingOI.load(tmp_path / "nothing.safetensors")
    with pytest.raises(BadConfig, match="blocks of 2"):
        method.analyse(low_resolution(plane(12, 16), ocean, 2, 0.1))


def test_candidates_are_scored_by_area():
    grid = LatLonGrid(np.linspace(-3, 80, 12), np.arange(16.0))
    truth = np.zeros(grid.shape)
    problem = replace(low_resolution(truth, truth == 0, FACTOR), grid=grid)
    truth[6:] = 2.0  # the northern half, of less area
    area = grid.cell_area()
    share = area[6:].sum() / area.sum()
    answer = Analysis(np.zeros((1, *grid.shape)), np.full((1, *grid.shape), 1e-6))
    method = SimpleNamespace(analyse=lambda *_: answer)
    assert rmse_over_sea(method, [(problem, truth)]) == pytest.approx(2 * share**0.5)
    assert spread_scores(method, [(problem, truth)], [1.0]) == [pytest.approx(2 * share, abs=1e-5)]
    assert share < 0.4
