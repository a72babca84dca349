"""The promotion gate: a candidate must be shown better, on the same cases, to become champion.

Every held-out month is scored at several observation protocols and densities. Its score is the
mean over those of log RMSE, so that each density counts alike, whatever its level of error. The
months are resampled in pairs; the candidate is better if the whole 95 % interval of the mean
difference lies below zero, and exp(difference) is its RMSE as a share of the other's.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.errors import BadData, BadFile
from thermocline.verify.bootstrap import verdict

METHOD = "thermocline"
FIRST_CHAMPION = "climatology"
BASELINES = ("climatology", "oi", "ensemble_oi", "ensemble_oi_hybrid", "dineof")

Key = tuple[str, str, float]
"""Case name, protocol, density."""


@dataclass(frozen=True)
class Comparison:
    """How the candidate compares; `ratio` is candidate RMSE / other RMSE with its 95 % interval.

    Attributes:
        against: what it was compared with.
        decision: better, worse, undecided, or refused (the two cannot be compared).
        explanation: a sentence for tags, cards and answers.
    """

    against: str
    decision: str
    ratio: float
    low: float
    high: float
    months: int
    cases: int
    explanation: str

    @property
    def better(self) -> bool:
        """Whether the candidate was shown better."""
        return self.decision == "better"

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; not-a-number becomes None."""
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in asdict(self).items()
        }


def read_cases(path: str | Path) -> list[dict[str, Any]]:
    """The per-case scores that evaluation wrote.

    Raises:
        BadFile: if the file is missing or an entry lacks method, protocol, density, case or rmse.
    """
    path = Path(path)
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        for row in rows:
            str(row["method"]), str(row["protocol"]), float(row["density"])
            str(row["case"]), float(row["rmse"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadFile(
            f"no readable list of case scores ({problem!r})",
            where=path.name,
            fix="run the evaluate stage (dvc repro)",
        ) from problem
    return list(rows)


def scores(rows: Iterable[dict[str, Any]], method: str) -> dict[Key, float]:
    """RMSE of `method` by (case, protocol, density)."""
    return {
        (str(row["case"]), str(row["protocol"]), round(float(row["density"]), 6)): float(
            row["rmse"]
        )
        for row in rows
        if row["method"] == method
    }


def compare(
    candidate: dict[Key, float],
    other: dict[Key, float],
    against: str,
    *,
    same_board: bool = True,
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Paired comparison over held-out months; refused if the two were not scored alike.

    Args:
        candidate, other: RMSE by (case, protocol, density).
        against: a name for `other`.
        same_board: whether grid, mask and period of the two scoreboards agree.
    """
    if not same_board:
        return _refused(against, "they were scored on another grid, mask or period")
    if not candidate or candidate.keys() != other.keys():
        missing = len(candidate.keys() ^ other.keys())
        return _refused(against, f"{missing} of the cases were scored for only one of the two")
    months = sorted({key[0] for key in candidate})
    left, right = (np.array([_month(table, m) for m in months]) for table in (candidate, other))
    result = verdict(left, right, n=resamples, seed=seed)
    if result is None:
        return _refused(against, f"{len(months)} held-out month is too few to judge by")
    ratio, low, high = np.exp(
        [result.difference.estimate, result.difference.low, result.difference.high]
    )
    words = {
        "better": "better than",
        "worse": "worse than",
        "undecided": "not shown better than",
    }[result.decision]
    explanation = (
        f"{words} {against}: RMSE ratio {ratio:.3f} (95 % interval {low:.3f} to {high:.3f}, "
        f"paired bootstrap over {len(months)} held-out months, {len(candidate)} cases)"
    )
    return Comparison(
        against,
        result.decision,
        float(ratio),
        float(low),
        float(high),
        len(months),
        len(candidate),
        explanation,
    )


def best_baseline(rows: Sequence[dict[str, Any]], names: Sequence[str] = BASELINES) -> str:
    """The classical method of lowest mean log RMSE among those scored on the candidate's cases.

    Raises:
        BadData: if no baseline was scored on the same cases as the candidate.
    """
    wanted = scores(rows, METHOD).keys()
    ranked: list[tuple[float, str]] = []
    for name in names:
        table = scores(rows, name)
        if wanted and table.keys() == wanted:
            ranked.append((float(np.mean(np.log(list(table.values())))), name))
    if not ranked:
        raise BadData(
            "no baseline was scored on the candidate's cases",
            where="cases.json",
            fix="run the evaluate stage again, for all methods",
        )
    return min(ranked)[1]


def _month(table: dict[Key, float], month: str) -> float:
    values = [value for key, value in table.items() if key[0] == month]
    if min(values) <= 0 or not np.isfinite(values).all():
        raise BadData(f"RMSE of case {month!r} is not positive", where="cases.json")
    return float(np.mean(np.log(values)))


def _refused(against: str, reason: str) -> Comparison:
    nan = float("nan")
    return Comparison(
        against, "refused", nan, nan, nan, 0, 0, f"not compared with {against}: {reason}"
    )
