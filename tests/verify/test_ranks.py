"""Rank histograms: a calibrated ensemble is called flat however alike its cells, others are not."""

import numpy as np
import pytest
import scipy.stats
import xarray as xr
import xskillscore as xs
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.errors import BadData
from thermocline.verify.metrics.ranks import flatness, rank_table
from thermocline.verify.significance.resampling import Design


def smooth(rng: np.random.Generator, shape: tuple[int, ...], cells: int) -> np.ndarray:
    """Normal fields [..., cells] of unit variance in which some twenty neighbours are alike."""
    kernel = np.exp(-0.5 * (np.arange(-20, 21) / 8) ** 2)
    white = rng.standard_normal((*shape, cells + 40))
    fields = np.apply_along_axis(np.convolve, -1, white, kernel, "valid")
    return fields / np.linalg.norm(kernel)


def tables(
    seed: int, cases: int = 6, members: int = 5, spread: float = 1.0, bias: float = 0.0
) -> np.ndarray:
    """Cases of 200 cells whose members have `spread` times the truth's, and lie `bias` higher."""
    rng = np.random.default_rng(seed)
    centre = 3 * smooth(rng, (cases, 1), 200)
    fields = smooth(rng, (cases, members + 1), 200)
    truths, others = centre[:, 0] + fields[:, 0], centre + bias + spread * fields[:, 1:]
    everywhere = np.ones(200, bool)
    pairs = zip(others, truths, strict=True)
    return np.stack([rank_table(m, t, everywhere, rng) for m, t in pairs])


def test_calibrated_ensembles_are_called_flat_as_often_as_they_should() -> None:
    tests = [flatness(tables(seed), draws=199, seed=seed) for seed in range(300)]
    for name in ("exchanged_p", "slope_p", "convexity_p"):
        p = np.array([getattr(test, name) for test in tests])
        # A right test fails this once in a thousand choices of seeds.
        assert scipy.stats.kstest(p, "uniform").pvalue > 0.001, name
    # With six cases Rao and Scott's is cautious; 0.09 is what 5 % reach once in a thousand.
    assert np.mean([test.p < 0.05 for test in tests]) < 0.09
    # What χ² would say if cells were independent: nearly every calibrated ensemble is wrong.
    naive = [scipy.stats.chi2.sf(test.chi2, test.degrees) < 0.05 for test in tests]
    assert np.mean(naive) > 0.8
    mean = np.mean([test.chi2 for test in tests])  # the standard error is about 5 %
    assert np.mean([test.exchanged for test in tests]) == pytest.approx(mean, rel=0.2)


def test_members_rougher_than_errors_have_flat_histograms_and_are_told_from_truths() -> None:
    found = []
    everywhere = np.ones(200, bool)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        truths, members = smooth(rng, (8,), 200), rng.standard_normal((8, 5, 200))
        pairs = zip(members, truths, strict=True)
        found.append(flatness(np.stack([rank_table(m, t, everywhere, rng) for m, t in pairs]), 199))
    assert np.mean([test.p < 0.05 for test in found]) < 0.13  # once in a thousand, if 5 %
    assert np.mean([test.exchanged_p < 0.05 for test in found]) > 0.4


@pytest.mark.parametrize(
    ("spread", "bias", "part", "sign"),
    [
        (0.4, 0.0, "convexity", 1),
        (2.5, 0.0, "convexity", -1),
        (1.0, -1.0, "slope", 1),
        (1.0, 1.0, "slope", -1),
    ],
)
def test_wrong_spreads_and_biases_are_found(
    spread: float, bias: float, part: str, sign: int
) -> None:
    test = flatness(tables(1, cases=12, spread=spread, bias=bias))
    other = {"slope": "convexity", "convexity": "slope"}[part]
    assert max(test.p, test.exchanged_p, getattr(test, f"{part}_p")) < 0.005
    assert sign * getattr(test, part) > 0 and test.chi2 > 2 * test.exchanged
    assert getattr(test, part) ** 2 > 0.7 * test.chi2 > 0.7 * getattr(test, other) ** 2


@settings(max_examples=50)
@given(st.integers(2, 9), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_every_field_is_ranked_once_and_parts_stay_within_chi2(
    members: int, cases: int, seed: int
) -> None:
    found = tables(seed, cases, members)
    assert found.shape == (cases, members + 1, members + 1)
    # Of the fields at a cell exactly one has each rank.
    np.testing.assert_array_equal(found.sum(axis=1), 200)
    np.testing.assert_array_equal(found.sum(axis=2), 200)
    test = flatness(found, draws=50)
    counts = found[:, 0].sum(axis=0)
    assert test.degrees == members
    assert test.chi2 == pytest.approx(scipy.stats.chisquare(counts).statistic)
    assert test.slope**2 + test.convexity**2 <= test.chi2 * (1 + 1e-9)
    if members == 2:  # two directions are all there are
        assert test.slope**2 + test.convexity**2 == pytest.approx(test.chi2)
    assert 1 / 51 <= test.exchanged_p <= 1
    over_cases = [test.p, test.slope_p, test.convexity_p]
    assert all(p is None if cases == 1 else 0 <= p <= 1 for p in over_cases)


def test_independent_cells_give_the_textbooks_p() -> None:
    rng = np.random.default_rng(3)
    fields = rng.standard_normal((30, 7, 300))
    fields[:, 0] += 0.02
    everywhere = np.ones(300, bool)
    test = flatness(np.stack([rank_table(f[1:], f[0], everywhere, rng) for f in fields]))
    textbook = scipy.stats.chi2.sf(test.chi2, 6)
    assert test.exchanged == pytest.approx(test.degrees, rel=0.05)
    assert test.exchanged_p == pytest.approx(textbook, abs=0.03)
    assert test.p == pytest.approx(textbook, abs=0.1)  # 30 cases tell covariances that well
    assert 0.05 < textbook < 0.9  # neither end, where agreement would say little


def test_the_covariance_of_the_cases_is_what_is_judged_by() -> None:
    found = tables(4)
    x = found[:, 0] - 200 / 6
    slopes = x @ (np.arange(6) - 2.5)
    assert flatness(found).slope_p == pytest.approx(scipy.stats.ttest_1samp(slopes, 0).pvalue)
    values = np.linalg.eigvalsh(np.cov(x.T))
    degrees = values.sum() ** 2 / (values**2).sum()
    ratio = (x.sum(axis=0) ** 2).sum() / (6 * values.sum())
    assert flatness(found).p == pytest.approx(scipy.stats.f.sf(ratio, degrees, 5 * degrees))


def test_one_case_alone_cannot_prove_much() -> None:
    # Six fields might have been the truth; the least p there is comes near 1/6.
    test = flatness(tables(0, cases=1, spread=0.1))
    assert test.exchanged_p == pytest.approx(1 / 6, abs=0.02) and test.p is None


def test_ties_are_shared_at_random_and_unchosen_cells_left_out() -> None:
    members, truth = np.zeros((3, 8000)), np.zeros(8000)
    chosen = np.arange(8000) < 4000
    table = rank_table(members, truth, chosen, np.random.default_rng(0))
    assert (table.sum(axis=1) == 4000).all()
    assert scipy.stats.chisquare(table[0]).pvalue > 0.001
    members[:] = [[1.0], [2.0], [3.0]]
    table = rank_table(members, truth + 2.5, chosen, np.random.default_rng(0))
    np.testing.assert_array_equal(table, 4000 * np.eye(4)[[2, 0, 1, 3]])


def test_ranks_agree_with_xskillscore() -> None:
    rng = np.random.default_rng(5)
    members, truth = rng.standard_normal((6, 500)), rng.standard_normal(500)
    table = rank_table(members, truth, np.ones(500, bool), rng)
    other = xs.rank_histogram(
        xr.DataArray(truth, dims="x"), xr.DataArray(members, dims=("member", "x")), dim="x"
    )
    np.testing.assert_array_equal(table[0], other.values)


def test_nothing_to_test_is_an_error() -> None:
    with pytest.raises(BadData, match="0 ranks"):
        flatness(np.zeros((2, 4, 4), int))
    with pytest.raises(BadData, match="among 1 members"):
        flatness(np.ones((2, 2, 2), int))


def follows(seed: int, cases: int = 24, alike: float = 0.7) -> np.ndarray:
    """Right members of truths, each of which is much like the one before."""
    rng = np.random.default_rng(seed)
    truths, members = smooth(rng, (cases,), 100), smooth(rng, (cases, 5), 100)
    for k in range(1, cases):
        truths[k] = alike * truths[k - 1] + np.sqrt(1 - alike**2) * truths[k]
    pairs = zip(members, truths, strict=True)
    return np.stack([rank_table(m, t, np.ones(100, bool), rng) for m, t in pairs])


def test_cases_that_are_alike_are_no_evidence_each() -> None:
    blocks = Design().blocks(24, 4)
    drawn = [follows(seed) for seed in range(150)]
    alone, together = ([flatness(d, 199, blocks=b) for d in drawn] for b in (None, blocks))
    for name in ("p", "slope_p", "exchanged_p"):
        wrong = [np.mean([getattr(t, name) < 0.05 for t in tests]) for tests in (alone, together)]
        assert wrong[0] > 0.25 and wrong[1] < 0.6 * wrong[0], name
    assert [t.chi2 for t in together] == pytest.approx([t.chi2 for t in alone])


def test_blocks_of_one_case_change_nothing_and_a_single_block_proves_nothing() -> None:
    found = tables(2)
    assert flatness(found, 99, blocks=np.arange(6)) == flatness(found, 99)
    test = flatness(found, 99, blocks=np.zeros(6, int))
    assert test.p is None and test.slope_p is None


def test_blocks_are_of_whole_units_in_order_and_nearly_equal() -> None:
    assert Design().blocks(7, 3).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert Design().blocks(5, 3).tolist() == [0] * 5
    days = ["03", "01", "03", "04", "02"]
    assert Design(unit=days).blocks(5, 2).tolist() == [1, 0, 1, 1, 0]
