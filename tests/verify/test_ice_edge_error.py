"""Distances of edges that differ by whole columns of cells."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics import ice_edge_error as edges

AREA = np.full((6, 8), 100.0)  # cells of 10 km
OCEAN = np.ones((6, 8), bool)
OCEAN[0] = False


def filled(columns: int, value: float = 1.0) -> np.ndarray:
    """Ice in the first columns, open water beyond, land without a value."""
    state = np.zeros((6, 8))
    state[:, :columns] = value
    state[~OCEAN] = np.nan
    return state


def test_over_and_underestimates_do_not_cancel():
    state = filled(3)
    state[1:3, :3] = 0  # two rows lost
    state[3:5, 3] = 1  # two cells won
    error = edges.ice_edge_error(state, filled(3), AREA, OCEAN)
    assert (error.over, error.under, error.total) == (200, 600, 800)
    assert edges.wrong_cells(state, filled(3), OCEAN) == 8
    # Of two pairs, one too large and one too small by the same area: extents agree, edges do not.
    pairs = edges.ice_edge_error(
        np.stack([filled(4), filled(2)]), np.stack([filled(3), filled(3)]), AREA, OCEAN
    )
    np.testing.assert_array_equal(pairs.over, [500, 0])
    np.testing.assert_array_equal(pairs.under, [0, 500])
    difference = pairs.over - pairs.under  # is that of the extents, of every pair
    assert difference.sum() == 0 and pairs.total.sum() == 1000


def test_probability_score_is_the_edge_error_of_one_member_and_quadratic_for_more():
    truth = filled(3)
    score = edges.spatial_probability_score
    one = edges.ice_edge_error(filled(5), truth, AREA, OCEAN)
    assert score(filled(5)[None], truth, AREA, OCEAN) == one.total
    # Half of the members are one column too far: (1/2)² on five cells.
    members = np.stack([filled(3), filled(4), filled(3), filled(4)])
    assert score(members, truth, AREA, OCEAN) == pytest.approx(5 * 100 / 4)
    with pytest.raises(BadData, match="one member"):
        score(members[:1], truth, AREA, OCEAN, fair=True)


def test_the_fair_score_does_not_depend_on_the_count_of_members():
    rng = np.random.default_rng(0)
    ocean = np.ones((100, 100), bool)
    p, truth = 0.3, np.zeros((100, 100))
    for count in (2, 5):
        members = (rng.random((count, 100, 100)) < p).astype(float)
        args = (members, truth, np.ones((100, 100)), ocean)
        fair = edges.spatial_probability_score(*args, fair=True)
        plain = edges.spatial_probability_score(*args)
        assert fair / 1e4 == pytest.approx(p**2, abs=0.012)
        assert plain / 1e4 == pytest.approx(p**2 + p * (1 - p) / count, abs=0.012)


def test_probability_and_its_rmse():
    states = np.stack([filled(3), filled(4), filled(4), filled(4)])
    p = edges.ice_probability(states, OCEAN)
    np.testing.assert_array_equal(p[1], [1, 1, 1, 0.75, 0, 0, 0, 0])
    assert not p[0].any()  # land
    other = edges.ice_probability(states[:1], OCEAN)
    assert edges.probability_rmse(p, other, AREA, OCEAN) == pytest.approx(0.75 / np.sqrt(8))
    double = AREA.copy()
    double[:, 3] *= 3  # a cell of three times the area counts three times
    assert edges.probability_rmse(p, other, double, OCEAN) == pytest.approx(0.75 * np.sqrt(3 / 10))


def test_the_paired_interval_knows_the_better_of_two_sets_and_is_nothing_between_equal_ones():
    rng = np.random.default_rng(0)
    truth, good, bad = (
        np.stack([filled(int(k)) for k in rng.integers(low, low + 4, 80)]) for low in (2, 2, 4)
    )
    between = lambda a, b: edges.paired_probability_rmse(
        [a[None]], [b[None]], truth, AREA, OCEAN, 4
    )
    found = between(good, bad)
    p, q, o = (edges.ice_probability(each, OCEAN) for each in (good, bad, truth))
    apart = [edges.probability_rmse(each, o, AREA, OCEAN) for each in (p, q)]
    assert found.estimate == pytest.approx(apart[0] - apart[1], abs=1e-12)
    assert found.low < found.estimate < found.high < 0
    swapped = between(bad, good)
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
    same = between(good, good)
    assert (same.low, same.estimate, same.high) == (0, 0, 0)


def test_of_several_trainings_the_difference_is_their_mean_and_more_states_a_day_are_one_set():
    rng = np.random.default_rng(1)
    some = lambda low: np.stack([filled(int(k)) for k in rng.integers(low, low + 4, 80)])
    draw = lambda low: np.stack([some(low), some(low)])
    truth, good, bad = some(2), [draw(2), draw(2), draw(2)], [draw(3), draw(4), draw(5)]
    of = lambda a, b: edges.paired_probability_rmse(a, b, truth, AREA, OCEAN, block=4)
    found, apart = of(good, bad), [of([a], [b]) for a, b in zip(good, bad, strict=True)]
    estimates = np.array([each.estimate for each in apart])
    assert found.estimate == pytest.approx(estimates.mean(), abs=1e-12)
    # Trainings that differ leave the mean open by Student's t, besides what days do.
    reach = 4.3027 * estimates.std(ddof=1) / np.sqrt(3)
    assert found.high - found.estimate > reach > max(each.high - each.estimate for each in apart)
    same = of(good[:1] * 3, bad[:1] * 3)  # that do not differ, nothing
    assert (same.low, same.high) == pytest.approx((apart[0].low, apart[0].high))
    states = np.concatenate(good[0]), np.concatenate(bad[0])
    o = edges.ice_probability(truth, OCEAN)
    probabilities = [edges.ice_probability(each, OCEAN) for each in states]
    rmse = [edges.probability_rmse(each, o, AREA, OCEAN) for each in probabilities]
    assert apart[0].estimate == pytest.approx(rmse[0] - rmse[1], abs=1e-12)
