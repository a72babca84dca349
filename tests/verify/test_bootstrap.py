"""Intervals hold what they promise on data whose truth is known."""

from dataclasses import astuple

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.significance import bootstrap
from thermocline.verify.significance.bootstrap import Design, interval, root_mean, verdict


@pytest.mark.parametrize("count", [2, 3, 4, 6, 12, 40])
def test_intervals_cover_the_truth_as_often_as_they_say(count):
    # 800 trials: the standard error of a coverage of 95 % is 0.8 %; three of them either way,
    # and half a percent for 500 resamples in place of infinitely many.
    trials = 800
    rng = np.random.default_rng(count)
    hits = 0
    for trial in range(trials):
        found = bootstrap.interval(rng.normal(3, 2, count), bootstrap.mean, 500, trial)
        hits += found.low <= 3 <= found.high
    assert hits / trials == pytest.approx(0.95, abs=0.03)


def test_the_interval_of_a_mean_has_the_width_of_students():
    from scipy.stats import t

    values = np.random.default_rng(0).standard_normal(20)
    found = bootstrap.interval(values, bootstrap.mean, 20_000, 0)
    half = t.ppf(0.975, 19) * values.std(ddof=1) / np.sqrt(20)
    assert found.estimate == pytest.approx(values.mean())
    assert (found.high - found.low) / (2 * half) == pytest.approx(1, abs=0.05)


def test_pairing_removes_what_both_share():
    rng = np.random.default_rng(1)
    shared = 5 + 3 * rng.standard_normal(24)
    a, b = shared + 0.1 * rng.standard_normal(24) - 0.3, shared
    paired = bootstrap.paired(a, b)
    alone = bootstrap.interval(a)
    assert paired.high < 0
    assert paired.high - paired.low < 0.1 * (alone.high - alone.low)


def test_verdicts():
    rng = np.random.default_rng(2)
    reference = 1 + 0.3 * rng.random(12)
    noise = 0.02 * rng.standard_normal(12)
    better = bootstrap.verdict(0.9 * reference + noise, reference, bootstrap.root_mean)
    assert better.decision == "better" and better.ratio.high < 1 and better.cases == 12
    assert better.ratio.estimate == pytest.approx(np.sqrt(0.9), abs=0.01)
    assert bootstrap.verdict(reference, 0.9 * reference + noise).decision == "worse"
    same = reference + rng.permutation(np.r_[np.full(6, 0.1), np.full(6, -0.1)])
    assert bootstrap.verdict(same, reference).decision == "undecided"
    assert bootstrap.verdict(reference, reference).decision == "undecided"


def test_what_is_decided_is_what_the_ratio_s_interval_shows():
    """Cases of very unlike sizes: the ratio is certain, the difference of the means is not."""
    reference = np.array([0.1, 0.2, 0.4, 8.0])
    candidate = [0.96, 0.95, 0.95, 0.94] * reference
    found = bootstrap.verdict(candidate, reference)
    assert found.ratio.high < 1 and found.difference.high > 0 and found.decision == "better"
    assert bootstrap.verdict(reference, candidate).decision == "worse"


def test_the_difference_decides_where_a_ratio_means_nothing():
    above, below = np.array([1.0, 1.1, 0.9, 1.0]), -np.array([1.0, 1.1, 0.9, 1.0])
    found = bootstrap.verdict(above, below)
    assert found.ratio.high < 1 and found.decision == "worse"


@pytest.mark.parametrize("count", [2, 4, 12])
def test_equal_methods_are_rarely_declared_different(count):
    # A 95 % interval errs in 5 % of trials; 400 trials have a standard error of 1.1 %.
    rng = np.random.default_rng(3)
    wrong = 0
    for trial in range(400):
        a, b = rng.normal(1, 0.2, (2, count))
        wrong += bootstrap.verdict(a, b, n=500, seed=trial).decision != "undecided"
    assert wrong / 400 < 0.05 + 0.035


def test_blocks_widen_the_interval_of_months_that_follow_each_other():
    # AR(1) with ρ = 0.7: the variance of the mean is (1 + ρ)/(1 − ρ) = 5.7 times the
    # independent one, so single cases cover far too seldom and blocks must do much better.
    rng = np.random.default_rng(4)
    hits = {1: 0, 8: 0}
    for trial in range(300):
        noise = rng.standard_normal(160)
        series = np.empty(160)
        series[0] = noise[0] / np.sqrt(1 - 0.49)
        for i in range(1, 160):
            series[i] = 0.7 * series[i - 1] + noise[i]
        for block in hits:
            found = bootstrap.interval(series, n=300, seed=trial, block=block)
            hits[block] += found.low <= 0 <= found.high
    assert hits[1] / 300 < 0.75
    assert hits[8] / 300 > 0.86


def test_resamples_are_blocks_and_repeat_with_their_seed():
    index = bootstrap.resample(10, 50, seed=3, block=4)
    assert index.shape == (50, 10)
    for start in (0, 4):
        piece = index[:, start : start + 4]
        np.testing.assert_array_equal(piece, (piece[:, :1] + np.arange(4)) % 10)
    np.testing.assert_array_equal(index, bootstrap.resample(10, 50, seed=3, block=4))
    assert not np.array_equal(index, bootstrap.resample(10, 50, seed=4, block=4))


def test_too_few_or_unusable_cases():
    assert bootstrap.interval([1.0]) is None
    assert bootstrap.verdict([1.0], [2.0]) is None
    with pytest.raises(BadData, match="finite"):
        bootstrap.interval([1.0, np.nan])
    with pytest.raises(BadData, match="2 cases against 3"):
        bootstrap.paired([1, 2], [1, 2, 3])
    with pytest.raises(BadData, match="blocks of 5"):
        bootstrap.resample(4, 10, 0, block=5)


def test_cases_of_a_unit_are_drawn_together():
    rng = np.random.default_rng(5)
    day = rng.standard_normal(40)
    four = np.repeat(day, 4)  # four patches of a day that err alike say no more than one
    label = np.repeat([f"2008-01-{d:02d}" for d in range(40)], 4)
    order = rng.permutation(160)
    one = interval(day)
    together = interval(four[order], design=Design(unit=label[order]))
    assert astuple(one) == pytest.approx(astuple(together))
    alone = interval(four[order])
    assert together.high - together.low == pytest.approx(2 * (alone.high - alone.low), rel=0.15)


def test_blocks_are_of_consecutive_units():
    days = np.repeat(np.random.default_rng(6).standard_normal(20), 5)
    label = np.char.add("d", np.char.zfill(np.arange(100).astype(str), 3))
    twice = interval(np.repeat(days, 2), block=5, design=Design(unit=np.repeat(label, 2)))
    assert astuple(twice) == pytest.approx(astuple(interval(days, block=5)))
    assert interval(days, block=60, design=Design(unit=label)) is None


def test_weights_make_the_statistic_that_of_a_weighted_mean():
    rng = np.random.default_rng(7)
    values, weight = rng.random(30), rng.integers(1, 5, 30)
    found = interval(values, root_mean, design=Design(weight=weight))
    assert found.estimate == pytest.approx(np.sqrt(np.average(values, weights=weight)))
    alike = interval(values, root_mean, design=Design(weight=np.full(30, 3.0)))
    assert astuple(alike) == pytest.approx(astuple(interval(values, root_mean)))
    # A weight of k is k equal cases of a unit.
    unit = np.arange(30)
    many = Design(unit=np.repeat(unit, weight))
    same = interval(np.repeat(values, weight), root_mean, design=many)
    assert astuple(found) == pytest.approx(astuple(same))
    judged = verdict(0.5 * values, values, root_mean, design=Design(weight, unit))
    assert judged.decision == "better" and judged.ratio.estimate == pytest.approx(np.sqrt(0.5))
    with pytest.raises(BadData, match="positive weight"):
        interval(values, design=Design(weight=0 * weight))
