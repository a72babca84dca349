"""Observing patterns have the density they promise, and problems the error they state."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.config import ErrorConfig
from thermocline.errors import BadData
from thermocline.observe import case_rng, make_problem, random_cells, random_columns
from thermocline.ocean.statistics import Statistics

ERRORS = ErrorConfig(instrument=0.1, representativeness=0.2)


def _ocean(seed=0, shape=(4, 20, 40)):
    rng = np.random.default_rng(seed)
    depth = rng.integers(0, shape[0] + 1, shape[1:])
    return np.arange(shape[0])[:, None, None] < depth


@settings(max_examples=30)
@given(density=st.floats(0.001, 1.0), seed=st.integers(0, 999))
def test_columns_and_cells_have_their_density_and_stay_at_sea(density, seed):
    ocean = _ocean(seed)
    columns = random_columns(ocean, density, np.random.default_rng(seed))
    assert not (columns & ~ocean).any()
    wet = ocean.any(0)
    assert columns.any(0).sum() == max(1, round(density * wet.sum()))
    # A column is observed over the whole of its water.
    chosen = columns.any(0)
    np.testing.assert_array_equal(columns, ocean & chosen)
    cells = random_cells(ocean, density, np.random.default_rng(seed))
    assert not (cells & ~ocean).any()
    for level, sea in zip(cells, ocean, strict=True):
        assert level.sum() == max(1, round(density * sea.sum()))


def test_cells_are_drawn_level_by_level():
    ocean = np.ones((2, 30, 30), bool)
    cells = random_cells(ocean, 0.1, np.random.default_rng(0))
    assert (cells[0] & cells[1]).sum() < 30  # independent levels share about one in ten


def test_impossible_densities():
    for density in (0, -0.1, 1.5, float("nan")):
        with pytest.raises(BadData, match="density"):
            random_columns(_ocean(), density, np.random.default_rng(0))
    with pytest.raises(BadData, match="no sea"):
        random_columns(np.zeros((1, 2, 2), bool), 0.5, np.random.default_rng(0))


def test_case_generator_is_stable_and_different_for_every_part():
    draws = {
        key: tuple(case_rng(*key).integers(0, 2**32, 4))
        for key in (
            (0, "truth/2008-03", 0.02, "columns"),
            (1, "truth/2008-03", 0.02, "columns"),
            (0, "truth/2008-04", 0.02, "columns"),
            (0, "truth/2008-03", 0.075, "columns"),
            (0, "truth/2008-03", 0.02, "cells"),
        )
    }
    assert len(set(draws.values())) == 5
    first = next(iter(draws))
    assert draws[first] == tuple(case_rng(*first).integers(0, 2**32, 4))


def test_problem_errors_have_the_size_they_state():
    shape = (2, 50, 80)
    std = np.full(shape, 0.5, np.float32)
    ocean = np.ones(shape, bool)
    ocean[1, :25] = False
    statistics = Statistics(np.zeros((12, *shape), np.float32), std, ocean)
    truth = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    every = np.ones(shape, bool)
    rng = np.random.default_rng(2)
    problem = make_problem(truth, every, statistics, ERRORS, rng, 7, "truth/2008-07")
    np.testing.assert_array_equal(problem.observed, ocean)
    expected = np.hypot(0.1 / 0.5, 0.2)
    np.testing.assert_allclose(problem.s_y[ocean], expected, rtol=1e-6)
    z = ((problem.y - truth) / problem.s_y)[ocean]
    assert abs(z.mean()) < 4 / np.sqrt(z.size)
    assert abs(z.std() - 1) < 4 / np.sqrt(2 * z.size)
    assert (problem.y[~ocean] == 0).all() and (problem.s_y[~ocean] == 1).all()
    assert (problem.month, problem.case) == (7, "truth/2008-07")
    exact = make_problem(truth, every, statistics, ERRORS, rng, 7, "x", exact=True)
    np.testing.assert_array_equal(exact.y[ocean], truth[ocean])


def test_a_cells_error_does_not_depend_on_which_others_are_observed():
    shape = (2, 5, 6)
    statistics = Statistics(
        np.zeros((12, *shape), np.float32), np.ones(shape, np.float32), np.ones(shape, bool)
    )
    truth = np.zeros(shape, np.float32)
    few = random_columns(statistics.ocean, 0.3, np.random.default_rng(0))
    make = lambda seen: make_problem(
        truth, seen, statistics, ERRORS, np.random.default_rng(5), 1, "x"
    )
    np.testing.assert_array_equal(make(few).y[few], make(np.ones(shape, bool)).y[few])
