"""How far a request's own columns let the network be relied upon."""

import numpy as np
import pytest

from densify_world import GRID, SHAPE
from thermocline.ocean.operators import Columns
from thermocline.ocean.problem import Channel, Observed, Problem
from thermocline.ocean.variables import VARIABLES
from thermocline.systems.densify.model.reliance import (
    MIN_COLUMNS,
    PARTS,
    TILE,
    Corrected,
    judged,
    parts,
    without,
)

CHANNELS = tuple(Channel(VARIABLES[name], float(z)) for name in ("thetao", "so") for z in (5, 100))
EVERY = np.ones((len(CHANNELS), *SHAPE), bool)
ERROR = 0.1


def problem(where, fields, stated=ERROR):
    """Columns at some flat cells of anomalies [C, H, W], with errors that are stated."""
    mask = np.zeros(SHAPE, bool)
    mask.flat[where] = True
    operator = Columns.of(mask, EVERY)
    y = operator(fields)
    seen = (Observed(operator, y, np.full(y.shape, stated)),)
    return Problem(GRID, CHANNELS, EVERY, np.datetime64("2005-01-05"), seen, {})


def reliance(correction, truth, where, deviation=1.0, stated=ERROR):
    """Of a network that answers `correction` whatever is observed."""
    fixed = lambda field: np.asarray(field, np.float32)
    made = Corrected(
        fixed(np.zeros_like(truth)), fixed(correction), fixed(np.full(truth.shape, deviation))
    )
    anomaly = truth.reshape(len(truth), -1)[:, where].T
    error = np.full(anomaly.shape, stated)
    return judged(problem(where, truth, stated), where, anomaly, error, lambda _: made)


@pytest.fixture
def world():
    rng = np.random.default_rng(0)
    where = np.sort(rng.choice(SHAPE[0] * SHAPE[1], 160, replace=False))
    return rng, where, rng.standard_normal((len(CHANNELS), *SHAPE))


def test_a_true_correction_is_relied_upon_and_a_false_one_is_not(world):
    rng, where, correction = world
    noise = rng.standard_normal(correction.shape)
    right = reliance(correction, 0.9 * correction + noise, where)
    wrong = reliance(correction, noise, where)
    against = reliance(correction, noise - correction, where)
    assert right.weight.min() > 0.75
    assert wrong.weight.max() < 0.3
    assert (against.weight == 0).all()


def test_the_variables_are_judged_apart(world):
    rng, where, correction = world
    truth = rng.standard_normal(correction.shape)
    truth[:2] += correction[:2]
    found = reliance(correction, truth, where)
    assert found.weight[:2].min() > 0.75
    assert found.weight[2:].max() < 0.3


def test_errors_larger_than_stated_widen_the_spread(world):
    rng, where, correction = world
    truth = 2 * rng.standard_normal(correction.shape)
    found = reliance(0 * correction, truth, where)
    assert np.abs(found.spread - 2).max() < 0.3
    calm = reliance(0 * correction, truth / 2, where)
    assert calm.spread.max() < 1.15


@pytest.mark.parametrize("stated", [1.0, 10.0])
def test_the_spread_does_not_fall_when_larger_errors_are_stated(world, stated):
    rng, where, correction = world
    truth = rng.standard_normal(correction.shape)
    plain, larger = (reliance(0 * correction, truth, where, stated=e) for e in (ERROR, stated))
    assert (larger.spread > 0.99 * plain.spread.clip(max=1)).all()


def test_a_small_correction_or_few_columns_change_little(world):
    rng, where, correction = world
    truth = rng.standard_normal(correction.shape)
    assert reliance(0.01 * correction, truth, where).weight.min() > 0.9
    few = reliance(correction, truth, where[: MIN_COLUMNS - 1])
    assert (few.weight == 1).all()
    assert (few.spread == 1).all()


def test_columns_of_one_square_are_left_out_together(world):
    """Then nothing is known of them, and the other parts have nothing to forecast."""
    rng, _, correction = world
    rows, columns = np.divmod(np.arange(TILE**2), TILE)
    where = np.sort((2 * TILE + rows) * SHAPE[1] + 2 * TILE + columns)
    noise = rng.standard_normal(correction.shape)
    asked = []
    fixed = np.zeros(correction.shape, np.float32)

    def correct(left):
        asked.append(left)
        return Corrected(fixed, fixed, fixed + 1)

    anomaly = noise.reshape(len(noise), -1)[:, where].T
    judged(problem(where, noise), where, anomaly, np.full(anomaly.shape, ERROR), correct)
    (left,) = asked
    assert left.observations == ()


def test_columns_that_are_left_out_are_left_out_whole(world):
    _, where, truth = world
    given = problem(where, truth)
    part = parts(where, SHAPE[1])
    assert sorted(np.unique(part)) == list(range(PARTS))
    squares = where // SHAPE[1] // TILE, where % SHAPE[1] // TILE
    for one in set(zip(*squares, strict=True)):
        same = (squares[0] == one[0]) & (squares[1] == one[1])
        assert np.unique(part[same]).size == 1
    (seen,) = without(given, where[part == 1]).observations
    index = np.asarray(seen.operator.index)
    np.testing.assert_array_equal(np.unique(index % (SHAPE[0] * SHAPE[1])), where[part != 1])
    np.testing.assert_array_equal(seen.y, truth.reshape(-1)[index])
    assert without(given, where).observations == ()
