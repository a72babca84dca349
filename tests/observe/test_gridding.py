"""Super-observations in closed form, the interpolation operator's properties, land and sea."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from thermocline.config import ErrorConfig
from thermocline.errors import BadData, BadObservations
from thermocline.observe import Observations, error_std, to_problem
from thermocline.observe.gridding import nearest_level
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.points import Points
from thermocline.ocean.statistics import Statistics
from thermocline.systems.reconstruct.endpoints.moved import moved_in_words

GRID = LatLonGrid.regular(18, 36)
LEVELS = np.array([5.0, 50.0, 200.0])
ERRORS = ErrorConfig(instrument=0.1, representativeness=0.3)
SHAPE = (3, 18, 36)


def _statistics(ocean=None, std=2.0, slope=0.0):
    """A climatology of 10 °C + month, with a plane of `slope` °C a degree of latitude."""
    ocean = np.ones(SHAPE, bool) if ocean is None else ocean
    plane = slope * GRID.latitude[:, None] + np.zeros(SHAPE)
    climatology = 10.0 + np.arange(1, 13)[:, None, None, None] + plane
    return Statistics(
        np.where(ocean, climatology, 0).astype(np.float32),
        np.where(ocean, std, 1).astype(np.float32),
        ocean,
    )


def _at(cell, values, errors=None, offset=0.0):
    level, row, column = cell
    n = len(values)
    return Observations.checked(
        [GRID.latitude[row] + offset] * n,
        [GRID.longitude[column]] * n,
        [LEVELS[level]] * n,
        values,
        errors,
    )


def test_one_observation_is_its_anomaly_with_the_error_model():
    problem, usage = to_problem(
        _at((1, 9, 20), [15.0]), GRID, LEVELS, _statistics(), 3, ERRORS, "x"
    )
    assert problem.observed.sum() == 1 and problem.observed[1, 9, 20]
    assert problem.y[1, 9, 20] == pytest.approx((15 - 13) / 2)
    assert problem.s_y[1, 9, 20] == pytest.approx(error_std(ERRORS, 2.0) / 2)
    assert problem.s_y[1, 9, 20] == pytest.approx(np.hypot(0.1 / 2, 0.3))
    assert problem.y[~problem.observed].any() == False  # noqa: E712
    assert (problem.s_y[~problem.observed] == 1).all()
    assert (problem.month, problem.case) == (3, "x")
    assert problem.y.dtype == problem.s_y.dtype == np.float32
    assert (usage.given, usage.used, usage.cells) == (1, 1, 1)


def test_equal_observations_average_out_instrument_error_alone():
    count = 16
    problem, usage = to_problem(
        _at((0, 4, 4), [14.0, 16.0] * 8), GRID, LEVELS, _statistics(), 3, ERRORS
    )
    assert problem.y[0, 4, 4] == pytest.approx(1.0)
    assert problem.s_y[0, 4, 4] == pytest.approx(np.sqrt((0.1 / 2) ** 2 / count + 0.3**2))
    assert (usage.used, usage.cells) == (16, 1)


def test_unequal_errors_weigh_by_inverse_variance():
    errors = np.array([0.2, 1.0])
    problem, _ = to_problem(
        _at((0, 4, 4), [14.0, 17.0], errors), GRID, LEVELS, _statistics(), 3, ERRORS
    )
    e = errors / 2
    w = 1 / (e**2 + 0.3**2)
    w /= w.sum()
    assert problem.y[0, 4, 4] == pytest.approx(w @ [0.5, 2.0], rel=1e-5)
    assert problem.s_y[0, 4, 4] == pytest.approx(np.sqrt(w**2 @ e**2 + 0.3**2), rel=1e-5)


def test_no_number_of_observations_beats_representativeness():
    problem, _ = to_problem(_at((0, 4, 4), [14.0] * 5000), GRID, LEVELS, _statistics(), 3, ERRORS)
    assert problem.s_y[0, 4, 4] >= 0.3


def test_climatology_is_taken_at_the_observations_own_position():
    statistics = _statistics(slope=0.25)
    moved = _at((0, 9, 4), [20.0], offset=3.0)  # 3° north of the centre: 0.75 °C warmer there
    problem, _ = to_problem(moved, GRID, LEVELS, statistics, 2, ERRORS)
    expected = (20 - (12 + 0.25 * (GRID.latitude[9] + 3))) / 2
    assert problem.y[0, 9, 4] == pytest.approx(expected, abs=1e-5)


def test_nearest_level_within_half_the_spacing():
    level, near = nearest_level([0, 27.4, 27.6, 124, 126, 275, 276, 5000], LEVELS)
    np.testing.assert_array_equal(level, [0, 0, 1, 1, 2, 2, 2, 2])
    np.testing.assert_array_equal(near, [1, 1, 1, 1, 1, 1, 0, 0])


def test_land_and_depth_are_counted_and_dropped():
    ocean = np.ones(SHAPE, bool)
    ocean[:, :, :18] = False
    observations = Observations.checked(
        [5.0, 5, 5, 5], [5.0, -5, -95, 100], [5, 5, 5, 900], [12.0, 12, 12, 12]
    )
    for snap, used, snapped in ((True, 2, 1), (False, 1, 0)):
        problem, usage = to_problem(
            observations, GRID, LEVELS, _statistics(ocean), 1, ERRORS, snap=snap
        )
        assert (usage.given, usage.used, usage.snapped) == (4, used, snapped)
        assert usage.off_level == 1
        assert usage.used + usage.off_level + usage.on_land == usage.given
        assert usage.cells == 1  # the snapped one joins its neighbour at 5° E
        assert problem.observed[0, 9, 18] and not (problem.observed & ~ocean).any()
    with pytest.raises(BadObservations, match=r"none of 2 .* 1 deeper .* 1 on land"):
        lost = Observations.checked([5.0, 5], [-95.0, 100], [5, 900], [12.0, 12])
        to_problem(lost, GRID, LEVELS, _statistics(ocean), 1, ERRORS)


def test_what_lies_on_land_further_than_a_cell_from_the_sea_is_lost():
    ocean = np.ones(SHAPE, bool)
    ocean[:, :, :18] = False  # land west of 0°, whose first sea column is at 5° E
    land = Observations.checked([5.0, 5], [-4.9, -5.1], [5, 5], [12.0, 12])
    _, usage = to_problem(land, GRID, LEVELS, _statistics(ocean), 1, ERRORS)
    assert (usage.used, usage.on_land) == (1, 1)
    assert usage.ashore.tolist() == [True, False]
    assert usage.moved[0] == pytest.approx(9.9 * 111.19 * np.cos(np.radians(5)), rel=0.01)
    assert moved_in_words(land, usage, "observations") == [
        "1 of 2 observations lies on land and is taken for the nearest sea cell, 1097 km away."
    ]


def test_a_deep_profile_near_the_coast_goes_on_being_used():
    """Its cell is shallow in the model; the deep one beside it is further than a cell away."""
    ocean = np.ones(SHAPE, bool)
    ocean[2, :, :18] = False
    deep = Observations.checked([5.0, 5], [-9.0, -9], [5, 200], [12.0, 8])
    _, usage = to_problem(deep, GRID, LEVELS, _statistics(ocean), 1, ERRORS)
    assert (usage.used, usage.snapped, usage.ashore.any()) == (2, 1, False)
    (said,) = moved_in_words(deep, usage, "observations")
    assert said.startswith("1 of 2 observations lies below the model's sea floor")


def test_longitude_convention_does_not_matter():
    east = Observations.checked([0.0, 10], [200.0, 359], [5, 5], [12.0, 13])
    west = Observations.checked([0.0, 10], [-160.0, -1], [5, 5], [12.0, 13])
    first, _ = to_problem(east, GRID, LEVELS, _statistics(), 1, ERRORS)
    second, _ = to_problem(west, GRID, LEVELS, _statistics(), 1, ERRORS)
    np.testing.assert_array_equal(first.y, second.y)
    np.testing.assert_array_equal(first.observed, second.observed)


def test_order_of_observations_does_not_matter():
    rng = np.random.default_rng(0)
    n = 300
    columns = [
        rng.uniform(-90, 90, n),
        rng.uniform(-180, 180, n),
        rng.uniform(0, 250, n),
        rng.uniform(0, 30, n),
        rng.uniform(0.05, 1, n),
    ]
    first, _ = to_problem(Observations.checked(*columns), GRID, LEVELS, _statistics(), 5, ERRORS)
    order = rng.permutation(n)
    shuffled = Observations.checked(*(c[order] for c in columns))
    second, _ = to_problem(shuffled, GRID, LEVELS, _statistics(), 5, ERRORS)
    np.testing.assert_allclose(first.y, second.y, atol=1e-6)
    np.testing.assert_allclose(first.s_y, second.s_y, atol=1e-6)


def test_mismatched_inputs():
    one = _at((0, 4, 4), [14.0])
    with pytest.raises(BadData, match="statistics of shape"):
        to_problem(one, LatLonGrid.regular(9, 18), LEVELS, _statistics(), 1, ERRORS)
    with pytest.raises(BadData, match="month 13"):
        to_problem(one, GRID, LEVELS, _statistics(), 13, ERRORS)


_points = st.lists(
    st.tuples(st.floats(-90, 90), st.floats(-180, 360), st.floats(0, 400)), min_size=1, max_size=8
)


@settings(max_examples=40)
@given(points=_points, seed=st.integers(0, 2**32 - 1))
def test_operator_preserves_constants_and_bounds_and_ignores_land(points, seed):
    rng = np.random.default_rng(seed)
    ocean = rng.random(SHAPE) < 0.6
    lat, lon, z = np.array(points).T
    matrix = Points.at(lat, lon, z, GRID, LEVELS, ocean).matrix
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    assert np.all((np.abs(sums - 1) < 1e-12) | (sums == 0))
    assert matrix.data.min(initial=0) >= 0
    field = rng.standard_normal(SHAPE)
    spoiled = np.where(ocean, field, 1e6)
    np.testing.assert_array_equal(
        matrix @ spoiled.ravel(), matrix @ np.where(ocean, field, 0).ravel()
    )
    # Linearity and the adjoint: ⟨Hx, u⟩ = ⟨x, Hᵀu⟩.
    u = rng.standard_normal(len(points))
    left, right = (matrix @ field.ravel()) @ u, field.ravel() @ (matrix.T @ u)
    assert left == pytest.approx(right, abs=1e-9)


def test_operator_agrees_with_scipy_inside():
    rng = np.random.default_rng(3)
    field = rng.standard_normal(SHAPE)
    lat, lon, z = rng.uniform(-84, 84, 50), rng.uniform(-174, 174, 50), rng.uniform(5, 200, 50)
    matrix = Points.at(lat, lon, z, GRID, LEVELS, np.ones(SHAPE, bool)).matrix
    oracle = RegularGridInterpolator((LEVELS, GRID.latitude, GRID.longitude), field)
    np.testing.assert_allclose(matrix @ field.ravel(), oracle((z, lat, lon)), atol=1e-12)
    # Over the date line: half of each side.
    seam = Points.at([5.0], [180.0], [5.0], GRID, LEVELS, np.ones(SHAPE, bool)).matrix
    assert (seam @ field.ravel())[0] == pytest.approx((field[0, 9, 0] + field[0, 9, 35]) / 2)
