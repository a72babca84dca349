"""The promotion test: shown better, or not; and nothing compared that is not comparable."""

import json

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.registry.promotion.comparison import best_baseline, compare, scores

MONTHS = [f"truth/2006-{m:02d}" for m in range(1, 13)]
DENSITIES = (0.005, 0.02, 0.075)


def table(share: float, noise: float = 0.02, seed: int = 0) -> dict[tuple[str, str, float], float]:
    rng = np.random.default_rng(seed)
    difficulty = np.random.default_rng(99).uniform(0.5, 1.5, (12, 3))
    values = share * difficulty * np.exp(noise * rng.standard_normal((12, 3)))
    return {
        (month, "columns", density): float(values[i, j])
        for i, month in enumerate(MONTHS)
        for j, density in enumerate(DENSITIES)
    }


def test_a_known_ratio_is_found() -> None:
    """RMSE is 0.9 of the other's in every case: ratio 0.9, and an interval of no width."""
    other = table(1.0)
    result = compare({key: 0.9 * value for key, value in other.items()}, other, "other")
    assert result.better
    assert result.ratio == pytest.approx(0.9) == pytest.approx(result.low)
    assert result.high == pytest.approx(0.9)
    assert (result.months, result.cases) == (12, 36)
    assert "other" in result.explanation and "0.900" in result.explanation


def test_pairing_removes_the_difficulty_of_months() -> None:
    """Months differ threefold in difficulty; 3 % better is seen all the same."""
    result = compare(table(0.97, seed=1), table(1.0, seed=2), "other")
    assert result.decision == "better" and 0.95 < result.low < result.high < 1


@pytest.mark.parametrize("unit", [1e-3, 1.0, 3.0, 1e3])
def test_what_is_decided_is_what_is_shown_in_any_unit(unit: float) -> None:
    """Logarithms of errors have a sign that the unit decides: their ratio means nothing."""
    decisions = set()
    for seed in range(20):
        scaled = lambda found: {key: unit * value for key, value in found.items()}
        one, other = table(0.985, seed=2 * seed), table(1.0, seed=2 * seed + 1)
        result = compare(scaled(one), scaled(other), "other")
        assert (result.decision == "better") == (result.high < 1)
        assert (result.decision == "worse") == (result.low > 1)
        decisions.add(result.decision)
    assert decisions >= {"better", "undecided"}


def test_not_better_is_not_promoted() -> None:
    same = compare(table(1.0, seed=1), table(1.0, seed=2), "other")
    assert same.decision == "undecided" and not same.better
    assert same.low < 1 < same.high and "not shown better" in same.explanation
    worse = compare(table(1.2), table(1.0), "other")
    assert worse.decision == "worse" and not worse.better


def test_the_gate_lets_few_equals_through() -> None:
    """Of 200 candidates that are no better, at most about 2.5 % pass: the level of the interval."""
    passed = sum(
        compare(
            table(1.0, 0.05, seed), table(1.0, 0.05, 1000 + seed), "other", resamples=300
        ).better
        for seed in range(200)
    )
    assert passed <= 12


def test_each_density_counts_alike() -> None:
    """Half the error at one density, twice at another: no matter which has the larger errors."""
    other = table(1.0)
    factor = {0.005: 2.0, 0.02: 0.5, 0.075: 1.0}
    result = compare({k: v * factor[k[2]] for k, v in other.items()}, other, "other")
    assert result.ratio == pytest.approx(1.0)


def test_other_cases_are_refused() -> None:
    ours, other = table(0.5), table(1.0)
    other.pop((MONTHS[0], "columns", 0.02))
    result = compare(ours, other, "champion version 3")
    assert result.decision == "refused" and not result.better
    assert "champion version 3" in result.explanation and "1 of the cases" in result.explanation
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["ratio"] is None


def test_one_month_is_too_few() -> None:
    one = {k: v for k, v in table(0.5).items() if k[0] == MONTHS[0]}
    result = compare(one, {k: 2 * v for k, v in one.items()}, "other")
    assert result.decision == "refused" and "too few" in result.explanation


def rows(**shares: float) -> list[dict[str, object]]:
    return [
        {"method": method, "case": k[0], "protocol": k[1], "density": k[2], "rmse": v}
        for method, share in shares.items()
        for k, v in table(share).items()
    ]


def test_best_baseline() -> None:
    """Every method of the board that is not the model."""
    board = rows(thermocline=0.5, climatology=1.0, oi=0.8, ensemble_oi=0.6)
    assert best_baseline(board) == "ensemble_oi"
    partial = [r for r in board if r["method"] != "ensemble_oi" or r["case"] == MONTHS[0]]
    assert best_baseline(partial) == "oi"  # the other was not scored on every case
    with pytest.raises(BadData, match="no baseline"):
        best_baseline(rows(thermocline=0.5))
    assert len(scores(board, "oi")) == 36


def test_impossible_scores() -> None:
    zero = {k: 0.0 for k in table(1.0)}
    with pytest.raises(BadData, match="not positive"):
        compare(zero, table(1.0), "other")
