"""Baselines against closed forms and independent dense implementations, on small grids."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RBFInterpolator

from thermocline.baselines.climatology import Climatology
from thermocline.baselines.dineof import Dineof
from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.library import StateLibrary
from thermocline.baselines.localisation import (
    arc,
    chord,
    compact_tiles,
    gaspari_cohn,
    unit_vectors,
)
from thermocline.baselines.localised import localisation_root
from thermocline.baselines.oi import KERNELS, OptimalInterpolation
from thermocline.baselines.packing import pack, unpack
from thermocline.errors import BadConfig, BadData, BadFile, BadObservations
from thermocline.ocean.grid import EARTH_RADIUS, Grid, great_circle_distance
from thermocline.ocean.problem import Problem

GRID = Grid.regular(8, 12)
LEVELS = 3


def ocean_mask() -> np.ndarray:
    """Sea with an island at all levels and a shelf that leaves out the deepest."""
    ocean = np.ones((LEVELS, *GRID.shape), bool)
    ocean[:, 3:5, 2:5] = False
    ocean[-1, 5:, 8:10] = False
    return ocean


def make_states(count: int = 60, seed: int = 0) -> np.ndarray:
    """Correlated, skewed anomalies [N, C, H, W], 0 on land."""
    rng = np.random.default_rng(seed)
    modes = rng.standard_normal((10, LEVELS, *GRID.shape))
    states = np.einsum("nk,kchw->nchw", rng.standard_normal((count, 10)), modes) / 3
    states += 0.3 * rng.standard_normal(states.shape) + 0.1 * states**2
    return (states * ocean_mask()).astype(np.float32)


def make_problem(fraction: float = 0.2, error: float = 0.3, seed: int = 1, month: int = 3):
    rng = np.random.default_rng(seed)
    ocean = ocean_mask()
    observed = ocean & (rng.random(ocean.shape) < fraction)
    s_y = np.where(observed, error * rng.uniform(0.5, 1.5, ocean.shape), 1)
    y = np.where(observed, rng.standard_normal(ocean.shape), 0)
    return Problem(y.astype("f4"), s_y.astype("f4"), observed, ocean, month)


MONTHS = np.arange(60) % 12 + 1


def library(quantise: bool = False) -> StateLibrary:
    return StateLibrary(make_states(), MONTHS, GRID, quantise=quantise)


def dense_localisation(radius_km: float) -> np.ndarray:
    """L over all cells [CHW, CHW], from haversine distances and the published two branches."""
    lon, lat = np.meshgrid(GRID.longitude, GRID.latitude)
    lat, lon = lat.ravel(), lon.ravel()
    z = great_circle_distance(lat[:, None], lon[:, None], lat, lon) / (radius_km * 500)
    z = np.maximum(z, 1e-12)
    inner = -(z**5) / 4 + z**4 / 2 + 5 * z**3 / 8 - 5 * z**2 / 3 + 1
    outer = z**5 / 12 - z**4 / 2 + 5 * z**3 / 8 + 5 * z**2 / 3 - 5 * z + 4 - 2 / (3 * z)
    return np.tile(np.where(z <= 1, inner, np.where(z <= 2, outer, 0)), (LEVELS, LEVELS))


def dense_posterior(b: np.ndarray, problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, variance and gain of N(0, b) given the observations, by dense linear algebra."""
    seen = np.flatnonzero(problem.observed)
    y, r = problem.y.ravel()[seen].astype(float), problem.s_y.ravel()[seen].astype(float) ** 2
    gain = b[:, seen] @ np.linalg.inv(b[np.ix_(seen, seen)] + np.diag(r))
    return gain @ y, np.diag(b - gain @ b[seen]), gain


def season_states(month: int, reach: int) -> np.ndarray:
    apart = np.abs(MONTHS - month)
    return make_states()[np.minimum(apart, 12 - apart) <= reach].reshape(-1, ocean_mask().size)


# ---------------------------------------------------------------- optimal interpolation


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_oi_is_the_exact_gaussian_posterior(kernel):
    lengths, factors = [1500.0, 2500.0, 4000.0], [1.0, 2.0, 0.5]
    problem = make_problem()
    answer = OptimalInterpolation(GRID, lengths, factors, kernel).analyse(problem)
    lon, lat = np.meshgrid(np.radians(GRID.longitude), np.radians(GRID.latitude))
    xyz = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)
    xyz = xyz.reshape(-1, 3)
    straight = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1) * EARTH_RADIUS
    for level in range(LEVELS):
        r = straight / (lengths[level] * 1e3)
        b = {
            "gaussian": np.exp(-(r**2) / 2),
            "exponential": np.exp(-r),
            "matern32": (1 + 3**0.5 * r) * np.exp(-(3**0.5) * r),
        }[kernel]
        one = Problem(
            problem.y[level],
            problem.s_y[level] * np.float32(factors[level]),
            problem.observed[level],
            problem.ocean[level],
            3,
        )
        mean, variance, _ = dense_posterior(b, one)
        sea = problem.ocean[level].ravel()
        np.testing.assert_allclose(answer.mean[level].ravel()[sea], mean[sea], atol=2e-5)
        np.testing.assert_allclose(answer.std[level].ravel()[sea] ** 2, variance[sea], atol=2e-5)


def test_oi_agrees_with_scipys_radial_basis_functions():
    """With a Gaussian kernel and smoothing s_y², RBF interpolation is the OI mean."""
    problem = make_problem(error=0.4)
    constant = Problem(
        problem.y,
        np.where(problem.observed, np.float32(0.4), np.float32(1)),
        problem.observed,
        problem.ocean,
        1,
    )
    length = 3000.0
    answer = OptimalInterpolation(GRID, [length] * LEVELS, [1.0] * LEVELS).analyse(constant)
    lon, lat = np.meshgrid(GRID.longitude, GRID.latitude)
    points = unit_vectors(lat.ravel(), lon.ravel()) * EARTH_RADIUS / 1e3
    for level in range(LEVELS):
        seen = problem.observed[level].ravel()
        rbf = RBFInterpolator(
            points[seen],
            problem.y[level].ravel()[seen],
            smoothing=0.4**2,
            kernel="gaussian",
            epsilon=1 / (length * np.sqrt(2)),
            degree=-1,
        )
        sea = problem.ocean[level].ravel()
        np.testing.assert_allclose(answer.mean[level].ravel()[sea], rbf(points[sea]), atol=2e-4)


# ---------------------------------------------------------------- ensemble OI


@pytest.mark.parametrize(("radius", "season", "gamma"), [(4000, 6, 1.0), (9000, 2, 1.3)])
@pytest.mark.parametrize("month", [3, 12])
def test_ensemble_oi_equals_the_dense_schur_product(radius, season, gamma, month):
    problem = make_problem(month=month)
    answer = EnsembleOI(library(), radius, season, gamma).analyse(problem)
    x = season_states(month, season).astype(float)
    b = gamma * (x.T @ x / (len(x) - 1)) * dense_localisation(radius)
    mean, variance, _ = dense_posterior(b, problem)
    np.testing.assert_allclose(answer.mean.ravel(), mean, atol=2e-5)
    np.testing.assert_allclose(answer.std.ravel() ** 2, np.maximum(variance, 0), atol=2e-5)


def test_members_have_the_covariance_of_the_stochastic_update():
    """(I − KH) B (I − KH)ᵀ + K R Kᵀ with B the states' own covariance, not localised."""
    problem = make_problem(error=0.5)
    method = EnsembleOI(library(), 5000)
    draws = np.concatenate([method.members(problem, range(60), seed) for seed in range(20)])
    x = season_states(3, 6).astype(float)
    _, _, gain = dense_posterior(x.T @ x / 59 * dense_localisation(5000), problem)
    seen = np.flatnonzero(problem.observed)
    keep = np.eye(x.shape[1])
    keep[:, seen] -= gain
    r = problem.s_y.ravel()[seen].astype(float) ** 2
    variance = ((x @ keep.T) ** 2).mean(axis=0) + (gain**2) @ r
    centre = gain @ problem.y.ravel()[seen] + (x @ keep.T).mean(axis=0)
    variance -= (x @ keep.T).mean(axis=0) ** 2
    sea = problem.ocean.ravel()
    # Each seed deals all 60 states once, so that only the noise is random; 1200 draws.
    error = np.sqrt((gain**2 @ r)[sea] / 1200)
    z = (draws.mean(axis=0).ravel()[sea] - centre[sea]) / error
    assert 0.7 < z.std() < 1.3 and np.abs(z).max() < 5
    ratio = draws.var(axis=0).ravel()[sea] / variance[sea]
    assert abs(ratio.mean() - 1) < 0.03 and np.abs(ratio - 1).max() < 0.3


def test_gaussian_members_have_the_mean_and_covariance_of_the_posterior():
    """N(x_a, P) with B the localised covariance: every variance, and some covariances."""
    problem = make_problem(error=0.5)
    method = EnsembleOI(library(), 5000, inflation=1.2)
    mean, draws = method.posterior(problem, range(3000), 0, gaussian=True)
    x = season_states(3, 6).astype(float)
    b = 1.2 * x.T @ x / 59 * dense_localisation(5000)
    expected, variance, gain = dense_posterior(b, problem)
    np.testing.assert_allclose(mean.ravel(), expected, atol=2e-5)
    sea, flat = problem.ocean.ravel(), draws.reshape(len(draws), -1)
    z = (flat.mean(axis=0) - expected)[sea] / np.sqrt(variance[sea] / 3000)
    assert 0.6 < z.std() < 1.4 and np.abs(z).max() < 5
    ratio = flat.var(axis=0)[sea] / variance[sea]
    assert abs(ratio.mean() - 1) < 0.03 and np.abs(ratio - 1).max() < 0.2
    seen = np.flatnonzero(problem.observed)
    cells = np.flatnonzero(sea)[::9]
    p = (b - gain @ b[seen])[np.ix_(cells, cells)]
    found = np.cov(flat[:, cells].T)
    scale = np.sqrt(np.outer(np.diag(p), np.diag(p)))
    assert np.abs((found - p) / scale).max() < 0.12
    again = method.posterior(problem, [7, 2], 0, gaussian=True)[1]
    assert np.array_equal(again, draws[[7, 2]])


@pytest.mark.parametrize("radius", [1500, 6000])
def test_the_root_of_the_localisation(radius):
    points = unit_vectors(*(each.ravel() for each in np.meshgrid(GRID.latitude, GRID.longitude)))
    root = localisation_root(points, radius)
    expected = gaspari_cohn(arc(points, points), radius * 1e3)
    assert np.abs(root @ root.T - expected).max() < 0.02
    assert np.diag(root @ root.T) == pytest.approx(1, abs=1e-5)


def test_a_member_is_the_same_alone_or_among_many():
    problem, method = make_problem(), EnsembleOI(library(), 5000)
    many = method.members(problem, range(9), seed=4)
    assert np.array_equal(method.members(problem, [7, 2], seed=4), many[[7, 2]])
    assert not np.allclose(many[0], many[1])
    assert not np.allclose(method.members(problem, [7], seed=5)[0], many[7])


@pytest.mark.parametrize("season", [2, 6])
def test_means_of_problems_observed_alike_are_those_of_each_alone(season):
    method = EnsembleOI(library(), 6000, season_months=season, inflation=1.3)
    rng = np.random.default_rng(8)
    problem = make_problem()
    problems = [
        replace(problem, month=month, y=problem.observed * rng.normal(size=problem.y.shape))
        for month in (3, 11, 3, 4)
    ]
    alone = [method.analyse(each).mean for each in problems]
    np.testing.assert_allclose(method.means(problems), alone, atol=2e-6)
    with pytest.raises(BadData, match="alike"):
        method.means([problem, replace(problem, s_y=problem.s_y * np.float32(2))])


def test_states_travel_as_bytes(tmp_path):
    problem, method = make_problem(), EnsembleOI(library(quantise=True), 5000, 3, 1.2)
    method.save(tmp_path / "oi.safetensors")
    again = EnsembleOI.load(tmp_path / "oi.safetensors")
    assert (again.radius_km, again.season_months, again.inflation) == (5000, 3, 1.2)
    assert np.array_equal(again.analyse(problem).mean, method.analyse(problem).mean)
    exact = EnsembleOI(library(), 5000, 3, 1.2).analyse(problem)
    np.testing.assert_allclose(method.analyse(problem).mean, exact.mean, atol=0.02)
    with pytest.raises(BadFile, match="dvc repro"):
        (tmp_path / "half").write_bytes((tmp_path / "oi.safetensors").read_bytes()[:500])
        EnsembleOI.load(tmp_path / "half")


def test_cells_unknown_to_the_states_keep_the_prior():
    problem = make_problem()
    ocean = np.ones_like(problem.ocean)
    observed = problem.observed.copy()
    observed[:, 3, 3] = True
    wider = Problem(problem.y, problem.s_y, observed, ocean, 3)
    answer = EnsembleOI(library(), 5000).analyse(wider)
    new = ocean & ~problem.ocean
    assert (answer.mean[new] == 0).all() and (answer.std[new] == 1).all()
    plain = EnsembleOI(library(), 5000).analyse(problem)
    assert np.array_equal(answer.mean[problem.ocean], plain.mean[problem.ocean])


def test_misuse_is_explained():
    with pytest.raises(BadData, match="season_months"):
        EnsembleOI.of(make_states(4), np.array([6, 6, 7, 7]), GRID, 1000, 0).analyse(make_problem())
    with pytest.raises(BadData, match="inflation"):
        EnsembleOI(library(), 1000, 6, -1)
    with pytest.raises(BadConfig, match="kernels"):
        OptimalInterpolation(GRID, [1.0], [1.0], "cubic")
    with pytest.raises(BadConfig, match="modes"):
        Dineof(make_states(), GRID, 61)
    other = Problem(*(np.zeros((1, 4, 4), t) for t in ("f4", "f4", bool, bool)), month=1)
    for method in methods():
        if method.name != "climatology":
            with pytest.raises(BadObservations, match="shape"):
                method.analyse(other)


# ---------------------------------------------------------------- localisation and packing


@given(st.floats(500, 20_000), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_localisation_is_a_correlation_with_compact_support(radius, seed):
    rng = np.random.default_rng(seed)
    points = unit_vectors(np.degrees(np.arcsin(rng.uniform(-1, 1, 60))), rng.uniform(-180, 180, 60))
    distance = arc(points, points)
    matrix = gaspari_cohn(distance, radius * 1e3)
    assert (matrix[distance >= radius * 1e3] == 0).all()
    np.testing.assert_allclose(np.diag(matrix), 1, atol=1e-9)
    assert np.linalg.eigvalsh(matrix).min() > -1e-8


def test_distances_cross_the_date_line_and_the_pole():
    a, b = unit_vectors([0, 89.0, 10], [179.5, 0, 20]), unit_vectors([0, 89, 10], [-179.5, 180, 20])
    degree = np.pi * EARTH_RADIUS / 180
    np.testing.assert_allclose(np.diag(arc(a, b)), [degree, 2 * degree, 0], atol=1)
    straight = 2 * EARTH_RADIUS * np.sin(np.radians([0.5, 1, 0]))
    np.testing.assert_allclose(np.diag(chord(a, b)), straight, atol=1)


@given(st.integers(1, 300), st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_tiles_hold_every_point_once(count, size):
    points = np.random.default_rng(count).standard_normal((count, 3))
    tiles = compact_tiles(points, size)
    assert max(t.size for t in tiles) <= size
    assert np.array_equal(np.sort(np.concatenate(tiles)), np.arange(count))


def test_packing_error_is_half_a_step_at_most():
    states = np.random.default_rng(0).standard_normal((50, 400)).astype("f4")
    states[7] = 0
    codes, scale = pack(states)
    error = unpack(codes, scale) - states
    assert codes.dtype == np.int8
    assert (np.abs(error) <= scale[:, None] * 0.5001).all() and (error[7] == 0).all()
    assert error.std() < 0.01
    again = pack(unpack(codes, scale))
    assert np.array_equal(again[0], codes)


# ---------------------------------------------------------------- DINEOF


def rank_four(count: int = 40):
    rng = np.random.default_rng(5)
    modes = rng.standard_normal((4, LEVELS, *GRID.shape)) * ocean_mask()
    states = np.einsum("nk,kchw->nchw", rng.standard_normal((count, 4)), modes).astype("f4")
    return states, np.einsum("k,kchw->chw", [1.0, -0.5, 2.0, 0.3], modes).astype("f4")


def test_dineof_recovers_a_field_of_low_rank():
    states, truth = rank_four()
    problem = make_problem()
    exact = Problem(
        np.where(problem.observed, truth, 0).astype("f4"),
        np.full_like(problem.s_y, 1e-4),
        problem.observed,
        problem.ocean,
        1,
    )
    method = Dineof(states, GRID, 4)
    answer = method.analyse(exact)
    np.testing.assert_allclose(answer.mean, truth, atol=2e-3)
    assert answer.std.max() < 0.02
    np.testing.assert_allclose(method.mean(exact), answer.mean, atol=1e-6)


def test_dineof_is_the_limit_of_filling_gaps_again_and_again():
    """The iteration itself, without error: gaps ← projection on orthonormal EOFs."""
    states, truth = rank_four()
    problem = make_problem(fraction=0.5)
    sea = problem.ocean.ravel()
    area = np.broadcast_to(GRID.cell_area(), problem.ocean.shape).ravel()[sea]
    weight = np.sqrt(area / area.mean())
    eofs = np.linalg.svd(states.reshape(40, -1)[:, sea] * weight, full_matrices=False)[2][:4]
    seen, field = problem.observed.ravel()[sea], np.zeros(sea.sum())
    field[seen] = truth.ravel()[sea][seen]
    known = field[seen].copy()
    for _ in range(4000):
        field = (eofs.T @ (eofs @ (field * weight))) / weight
        field[seen] = known
    exact = Problem(
        np.where(problem.observed, truth, 0).astype("f4"),
        np.full_like(problem.s_y, 1e-5),
        problem.observed,
        problem.ocean,
        1,
    )
    answer = Dineof(states, GRID, 4).analyse(exact).mean.ravel()[sea]
    np.testing.assert_allclose(answer, field, atol=2e-3)


# ---------------------------------------------------------------- all methods


def methods():
    return [
        Climatology(),
        OptimalInterpolation(GRID, [2500.0] * LEVELS, [1.0] * LEVELS, "exponential"),
        EnsembleOI(library(), 5000),
        Dineof(make_states(), GRID, 60),
    ]


@pytest.mark.parametrize("method", methods(), ids=lambda m: m.name)
def test_no_value_on_land_and_a_plain_answer(method):
    problem = make_problem()
    answer = method.analyse(problem, 0, 0)
    land = ~problem.ocean
    assert answer.mean.shape == answer.std.shape == problem.ocean.shape
    assert answer.mean.dtype == answer.std.dtype == np.float32
    assert (answer.mean[land] == 0).all() and (answer.std[land] == 0).all()
    assert (answer.std[problem.ocean] > 0).all() and np.isfinite(answer.mean).all()
    assert answer.evaluations == 0 and answer.members is None


@pytest.mark.parametrize("method", methods(), ids=lambda m: m.name)
@pytest.mark.parametrize("worthless", [False, True])
def test_the_prior_without_observations_and_with_worthless_ones(method, worthless):
    problem = make_problem(fraction=0.2 if worthless else 0.0)
    if worthless:
        huge = np.full_like(problem.s_y, 1e6)
        problem = Problem(problem.y, huge, problem.observed, problem.ocean, 3)
    answer = method.analyse(problem, 0, 0)
    prior = np.ones(problem.ocean.shape)
    if method.name in ("ensemble_oi", "dineof"):
        prior = np.sqrt((make_states().astype(float) ** 2).mean(axis=0))
    np.testing.assert_allclose(answer.mean, 0, atol=1e-5)
    np.testing.assert_allclose(answer.std, prior * problem.ocean, rtol=0.01)


@pytest.mark.parametrize("method", methods()[1:], ids=lambda m: m.name)
def test_perfect_observations_are_reproduced(method):
    problem = make_problem()
    truth = make_states(1, seed=9)[0] if method.name == "oi" else make_states()[17]
    y = np.where(problem.observed, truth, 0).astype("f4")
    exact = Problem(y, np.full_like(y, 1e-4), problem.observed, problem.ocean, 3)
    answer = method.analyse(exact, 0, 0)
    np.testing.assert_allclose(answer.mean[exact.observed], y[exact.observed], atol=5e-3)
    assert answer.std[exact.observed].max() < 0.02
