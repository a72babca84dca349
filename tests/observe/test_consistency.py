"""The projection onto block means: the Gaussian's conditional mean, exact, smooth, by shifts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter

from thermocline.errors import BadData
from thermocline.observe.consistency import Consistency
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid


def a_problem(rows=6, columns=8, factor=5, s_y=0.1, land=0.3, seed=0, globe=False):
    rng = np.random.default_rng(seed)
    shape = rows * factor, columns * factor
    box = LatLonGrid(np.linspace(40, 48, shape[0]), np.linspace(-50, -38, shape[1]))
    grid = LatLonGrid.regular(*shape) if globe else box
    rough = rng.random((rows * factor // 2 + 1, columns * factor // 2 + 1)) > land
    ocean = np.kron(rough, np.ones((2, 2), bool))[: shape[0], : shape[1]]
    sea = ocean.reshape(rows, factor, columns, factor).any(axis=(1, 3))
    value = np.where(sea, 15 + rng.normal(size=sea.shape), np.nan).astype(np.float32)
    error = np.where(sea, s_y, 1).astype(np.float32)
    return LowResolution(value, error, ocean, grid, factor, np.datetime64("2010-01-01"))


def a_field(problem, members=3, seed=1):
    rng = np.random.default_rng(seed)
    x = 15 + rng.normal(size=(members, *problem.ocean.shape))
    return np.where(problem.ocean, x, np.nan)


def means(x, problem):
    return block_mean(x, problem.grid.cell_area() * problem.ocean, problem.factor)


def dense(problem):
    """H [n, cells] and the normalised splines P [cells, m], each from its definition."""
    factor, (rows, columns) = problem.factor, problem.value.shape
    spline = BSpline.basis_element([-2, -1, 0, 1, 2], extrapolate=False)
    area = problem.grid.cell_area()
    H, P = [], []
    for block in np.ndindex(rows, columns):
        inside = np.zeros(problem.ocean.shape, bool)
        inside[tuple(slice(k * factor, (k + 1) * factor) for k in block)] = True
        share = area * (inside & problem.ocean)
        if not share.any():
            continue
        H.append((share / share.sum()).ravel())
        away = [
            (np.arange(factor * n) + 0.5) / factor - 0.5 - k
            for n, k in zip((rows, columns), block, strict=True)
        ]
        turns = [0] if not problem.grid.periodic else range(-3, 4)
        down = np.nan_to_num(spline(away[0]))
        over = sum(np.nan_to_num(spline(away[1] + turn * columns)) for turn in turns)
        P.append(np.outer(down, over).ravel())
    H, P = np.array(H), np.array(P).T
    return H, P / np.maximum(P.sum(axis=1, keepdims=True), 1e-12)


def rms(values):
    return np.sqrt(np.mean(values**2))


@pytest.mark.parametrize("globe", [False, True])
def test_it_is_the_conditional_mean_of_a_gaussian(globe):
    problem = a_problem(4, 5, 3, s_y=0.2, globe=globe)
    x, sea = a_field(problem), problem.ocean
    H, P = dense(problem)
    C = 0.5**2 / (151 / 315) ** 2 * P @ P.T + 1e6
    S = np.diag(problem.s_y[problem.observed].astype(float) ** 2)
    gain = C @ H.T @ np.linalg.inv(H @ C @ H.T + S)
    flat = np.nan_to_num(x).reshape(3, -1)
    expected = flat + (problem.value[problem.observed] - flat @ H.T) @ gain.T
    got = Consistency(problem, error=0.5).project(x)
    assert np.abs(got[:, sea] - expected.reshape(got.shape)[:, sea]).max() < 1e-6


@settings(max_examples=25)
@given(st.integers(1, 7), st.integers(0, 10**6), st.floats(0, 0.7), st.booleans())
def test_without_error_block_means_are_what_was_observed(factor, seed, land, globe):
    problem = a_problem(5, 6, factor, seed=seed, land=land, globe=globe)
    x = Consistency(problem, exact=True).project(a_field(problem))
    known = problem.observed
    assert np.abs(means(x, problem) - problem.value)[:, known].max(initial=0) < 1e-5


def test_it_is_between_the_field_and_the_observation_and_closer_the_smaller_the_error():
    misfits = []
    for s_y in (3.0, 0.3, 0.03):
        problem = a_problem(s_y=s_y, land=0)
        x = Consistency(problem).project(a_field(problem))
        misfits.append(np.std(means(x, problem) - problem.value))
    assert misfits[0] > misfits[1] > misfits[2] and misfits[0] > 10 * misfits[2]


@pytest.mark.parametrize("s_y", [0.01, 0.3, 2.0])
def test_a_shift_of_the_blocks_shifts_the_field_by_as_much_everywhere(s_y):
    problem = a_problem(s_y=s_y)
    x, projection = a_field(problem), Consistency(problem)
    shifted = projection.project(x, problem.value.astype(float) + 1.7)
    assert np.allclose(
        shifted - projection.project(x), np.where(problem.ocean, 1.7, np.nan), equal_nan=True
    )


def test_a_field_that_agrees_is_left_alone_and_projecting_twice_changes_nothing():
    problem = a_problem()
    x, projection = a_field(problem), Consistency(problem, exact=True)
    assert np.allclose(projection.project(x, means(x, problem)), x, equal_nan=True)
    once = projection.project(x)
    assert np.allclose(projection.project(once), once, atol=1e-6, equal_nan=True)


@pytest.mark.parametrize(("smoothness", "most"), [(0, 1.4), (1, 1.1)])
def test_no_block_edge_is_seen_in_the_increment(smoothness, most):
    # Between independent values any interpolation is steepest half-way, which is at the edge; but
    # it bends least there, and where values are correlated slopes are the same everywhere.
    problem = a_problem(30, 30, 5, land=0)
    departure = np.random.default_rng(3).normal(size=problem.value.shape)
    departure = gaussian_filter(departure, smoothness) if smoothness else departure
    change = Consistency(problem, exact=True).increment(departure)[15:-15, 15:-15]
    step, bend = np.diff(change, axis=-1), np.diff(change, n=2, axis=-1)
    edge = np.arange(step.shape[-1]) % 5 == 4
    beside = edge[:-1] | edge[1:]
    assert rms(step[:, edge]) < most * rms(step[:, ~edge])
    assert rms(bend[:, beside]) < rms(bend[:, ~beside])


def test_blocks_without_a_value_follow_their_neighbours():
    problem = a_problem(land=0, s_y=0.01)
    departure = np.ones(problem.value.shape)
    hole = np.zeros(problem.value.shape, bool)
    hole[2:4, 3:5] = True
    value = np.where(hole, np.nan, problem.value)
    partial = LowResolution(value, problem.s_y, problem.ocean, problem.grid, 5, problem.date)
    departure[hole] = np.nan
    assert np.allclose(Consistency(partial).increment(departure), 1)


def test_land_is_left_as_it_was_and_a_problem_all_land_is_no_trouble():
    problem = a_problem()
    x = np.where(problem.ocean, a_field(problem), -7)
    assert (Consistency(problem).project(x)[:, ~problem.ocean] == -7).all()
    nothing = np.full(problem.value.shape, np.nan)
    land = LowResolution(
        nothing, np.ones_like(problem.s_y), problem.ocean & False, problem.grid, 5, problem.date
    )
    assert np.array_equal(Consistency(land).project(x), x)


def test_precision_and_leading_axes_are_kept():
    problem = a_problem()
    x = a_field(problem, 6).astype(np.float32).reshape(2, 3, *problem.ocean.shape)
    got = Consistency(problem).project(x)
    assert got.dtype == np.float32 and got.shape == x.shape
    assert np.allclose(got[1, 2], Consistency(problem).project(x[1, 2]), equal_nan=True, atol=1e-5)


def test_an_impossible_error_is_refused():
    with pytest.raises(BadData, match="error 0"):
        Consistency(a_problem(), error=0)
