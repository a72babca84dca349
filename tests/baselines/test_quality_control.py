"""Checks of observations: leave-one-out by brute force, wrong ones found, right ones left alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, norm

from thermocline.baselines.ensemble.excess import MAX_OBSERVATIONS, excess, some
from thermocline.baselines.ensemble.left_out import LeftOut, as_normal
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.quality_control import MAX_DEVIATIONS, screen, screen_window
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid

GRID = LatLonGrid.regular(10, 20)
SHAPE = (4, *GRID.shape)
ERROR = 0.2
MONTHS = np.arange(60) % 12 + 1


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    """Anomalies of unit variance, alike over some cells and most of a column."""
    rng = np.random.default_rng(0)
    fields = rng.standard_normal((200, *SHAPE))
    shared = rng.standard_normal((200, 1, *SHAPE[1:]))
    for axis in (-2, -1):
        smooth = lambda x, a=axis: sum(np.roll(x, step, axis=a) for step in range(5))
        fields, shared = smooth(fields), smooth(shared)
    fields = fields + 4 * shared
    return (fields / fields.std(axis=0)).astype(np.float32)


@pytest.fixture(scope="module")
def ensemble(states: np.ndarray) -> EnsembleOI:
    return EnsembleOI.of(states[:60], MONTHS, GRID, 8000.0)


def observe(truth: np.ndarray, rng: np.random.Generator, share: float = 0.3) -> AnomalyProblem:
    """Whole columns with an error of `ERROR`."""
    observed = np.broadcast_to(rng.random(SHAPE[1:]) < share, SHAPE).copy()
    y = np.where(observed, truth + ERROR * rng.standard_normal(SHAPE), 0).astype(np.float32)
    s_y = np.where(observed, np.float32(ERROR), np.float32(1))
    return AnomalyProblem(y, s_y, observed, np.ones(SHAPE, bool), month=3)


def spoil(problem: AnomalyProblem, wrong: np.ndarray, size: float | np.ndarray) -> AnomalyProblem:
    return replace(problem, y=np.where(wrong, problem.y + size, problem.y).astype(np.float32))


def brute(s: np.ndarray, y: np.ndarray, group: np.ndarray, kept: np.ndarray) -> float:
    """d² of a group predicted from the kept others: innovation and its covariance, solved anew."""
    others = np.setdiff1d(kept, group)
    gain = s[np.ix_(group, others)] @ np.linalg.inv(s[np.ix_(others, others)])
    innovation = y[group] - gain @ y[others]
    covariance = s[np.ix_(group, group)] - gain @ s[np.ix_(others, group)]
    return float(innovation @ np.linalg.solve(covariance, innovation))


def test_leaving_out_is_predicting_from_the_others():
    """Values and columns, at first and after some were taken out in two steps."""
    rng = np.random.default_rng(0)
    column = np.repeat(np.arange(5), [3, 1, 4, 2, 3])
    root = rng.standard_normal((column.size, column.size))
    s, y = root @ root.T + np.eye(column.size), rng.standard_normal(column.size)
    left = LeftOut(np.linalg.solve(s, y), np.linalg.inv(s), column)
    kept = np.arange(column.size)
    for gone in ([], [2, 9], [4, 5, 6, 7]):
        if gone:
            left.take_out(np.array(gone, np.int64))
        kept = np.setdiff1d(kept, gone)
        alone = [brute(s, y, np.array([i]), kept) ** 0.5 for i in kept]
        np.testing.assert_allclose(left.values()[kept], alone, rtol=1e-9)
        squares, count = left.columns()
        for q in range(5):
            group = kept[column[kept] == q]
            assert count[q] == group.size
            assert squares[q] == pytest.approx(brute(s, y, group, kept) if group.size else 0)
    assert not left.values()[[2, 4, 9]].any()


def test_chi_squares_become_standard_normal():
    count = np.array([3, 6, 12])
    for z in (0.0, 2.0, 4.0):
        square = chi2.isf(norm.sf(z), count)
        np.testing.assert_allclose(as_normal(square, count), z, atol=0.15)


def test_clean_observations_are_left_alone(states, ensemble):
    """States the covariance does not know; at most one value in a thousand is rejected."""
    given = rejected = 0
    for number, truth in enumerate(states[60:80]):
        problem = observe(truth, np.random.default_rng(number))
        checked, found = screen(problem, ensemble)
        given, rejected = given + problem.observed.sum(), rejected + found.rejected.sum()
        assert found.error_factor == 1
        if not found.rejected.any():
            np.testing.assert_array_equal(fields(problem), fields(checked))
    assert given > 4000 and rejected <= 1e-3 * given


def fields(problem: AnomalyProblem) -> np.ndarray:
    return np.stack([problem.y, problem.s_y, problem.observed])


@pytest.mark.parametrize("size", [3.0, -3.0, 40.0])
def test_one_wrong_value_is_found_and_nothing_else(states, ensemble, size):
    """3 is plausible for the climatology, but not for the values above and below."""
    problem = observe(states[60], np.random.default_rng(0))
    level, row, column = np.argwhere(problem.observed)[37]
    wrong = np.zeros(SHAPE, bool)
    wrong[level, row, column] = True
    checked, found = screen(spoil(problem, wrong, size), ensemble)
    assert np.array_equal(found.rejected, wrong)
    assert found.implausible.any() == (size > 10)
    assert np.array_equal(checked.observed, problem.observed & ~wrong)
    assert not checked.y[wrong].any() and (checked.s_y[wrong] == 1).all()


def test_a_profile_wrong_at_all_depths_does_not_vouch_for_itself(states, ensemble):
    problem = observe(states[61], np.random.default_rng(1), share=0.6)
    row, column = np.argwhere(problem.observed[0])[20]
    wrong = np.zeros(SHAPE, bool)
    wrong[:, row, column] = True
    sign = -np.sign(problem.y[:, row, column].mean())
    _, found = screen(spoil(problem, wrong, 4.5 * sign), ensemble)
    assert np.array_equal(found.contradicted, wrong)


def test_a_sea_that_the_covariance_does_not_know_is_no_error(states, ensemble):
    """Six times as variable, and offset at depth: its observations contradict each other by the
    covariance, which is wrong; one that is wrong in that sea is found still."""
    given = rejected = found_wrong = 0
    for number, state in enumerate(states[60:70]):
        truth = 6 * state
        truth[2:] += 8
        problem = observe(truth, np.random.default_rng(number))
        level, row, column = np.argwhere(problem.observed)[37]
        wrong = np.zeros(SHAPE, bool)
        wrong[level, row, column] = True
        _, found = screen(spoil(problem, wrong, 150.0), ensemble)
        given += problem.observed.sum()
        rejected += (found.rejected & ~wrong).sum()
        found_wrong += (found.rejected & wrong).sum()
    assert rejected <= 0.05 * given
    assert found_wrong == 10


def test_every_fifth_value_wrong(states, ensemble):
    """Errors of either sign hide each other; still most are found, and few others are blamed."""
    rng = np.random.default_rng(2)
    problem = observe(states[62], rng, share=0.5)
    wrong = problem.observed & (rng.random(SHAPE) < 0.2)
    _, found = screen(spoil(problem, wrong, rng.choice([-6, 6], SHAPE)), ensemble)
    assert (found.rejected & wrong).sum() > 0.9 * wrong.sum()
    assert (found.rejected & ~wrong).sum() < 0.03 * problem.observed.sum()


def drawn(variability: float, factor: float, seed: int) -> tuple[np.ndarray, ...]:
    """B, and values of N(0, γ B + f² R) in columns of four, and R as stated."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(100), 4) + 0.2 * np.tile(np.arange(4), 100)
    b = np.exp(-(((place[:, None] - place) / 3) ** 2))
    s_y = rng.uniform(0.1, 0.4, place.size)
    root = np.linalg.cholesky(variability * b + np.diag(factor * s_y) ** 2)
    return b, root @ rng.standard_normal(place.size), s_y


@pytest.mark.parametrize("variability", [1.0, 2.5])
@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0, 4.0])
def test_the_error_factor_is_recovered_and_not_mistaken_for_variability(variability, factor):
    b, y, s_y = drawn(variability, factor, seed=int(10 * factor + variability))
    assert excess(np.triu(b), y, s_y).errors == pytest.approx(factor, rel=0.15)


def test_few_observations_say_nothing_of_their_errors():
    b, y, s_y = drawn(1.0, 4.0, seed=0)
    assert excess(b[:40, :40], y[:40], s_y[:40]) == (1, 1)


def test_a_sample_of_whole_columns(states, ensemble):
    problem = observe(states[60], np.random.default_rng(0), share=0.95)
    observed = ensemble.library.observe(problem, 6)
    kept = np.random.default_rng(1).random(len(observed)) < 0.95
    part = some(observed, kept)
    assert 0.4 * MAX_OBSERVATIONS < len(part) <= MAX_OBSERVATIONS
    column = observed.columns[observed.column]
    chosen = np.flatnonzero(kept & np.isin(column, part.columns))
    assert np.array_equal(part.columns[part.column], column[chosen])
    assert np.array_equal(part.states, observed.states[chosen])
    assert not len(some(observed, ~kept & kept))


def test_errors_larger_than_stated_are_enlarged_not_rejected(states, ensemble):
    problem = observe(states[63], np.random.default_rng(3), share=0.6)
    worse = replace(problem, y=np.where(problem.observed, 2 * problem.y - states[63], 0))
    checked, found = screen(worse, ensemble)
    assert found.error_factor == pytest.approx(2, rel=0.2)
    assert checked.s_y[checked.observed] == pytest.approx(ERROR * found.error_factor)
    assert found.rejected.sum() <= 0.005 * worse.observed.sum()


def test_months_around_are_judged_by_themselves(states, ensemble):
    problem, other = (observe(states[60 + i], np.random.default_rng(i)) for i in (0, 1))
    wrong = np.zeros(SHAPE, bool)
    wrong[tuple(np.argwhere(other.observed)[5])] = True
    y = spoil(other, wrong, 9.0).y
    asked = replace(problem, around=(AnomalyNeighbour(-1, y, other.s_y, other.observed),))
    assert screen(asked, ensemble)[0].around is asked.around
    checked, (own, before) = screen_window(asked, ensemble)
    assert not own.rejected.any() and np.array_equal(before.rejected, wrong)
    assert np.array_equal(checked.around[0].observed, other.observed & ~wrong)


def test_nothing_observed_or_everything_rejected(states, ensemble):
    problem = observe(states[60], np.random.default_rng(0))
    none = replace(problem, observed=np.zeros(SHAPE, bool), y=np.zeros(SHAPE, np.float32))
    checked, found = screen(none, ensemble)
    assert not checked.observed.any() and found.error_factor == 1
    single = np.zeros(SHAPE, bool)
    single[0, 2, 3] = True
    y, s_y = (
        np.where(single, 2 * MAX_DEVIATIONS, 0).astype("f4"),
        np.where(single, ERROR, 1).astype("f4"),
    )
    checked, found = screen(replace(problem, y=y, s_y=s_y, observed=single), ensemble)
    assert np.array_equal(found.implausible, single) and not checked.observed.any()
    answer = ensemble.analyse(checked)
    assert not answer.mean.any() and np.isfinite(answer.std).all()
