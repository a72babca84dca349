"""The promotion gate: a candidate must be shown better, on the same cases, to become champion.

Every held-out month is scored at several observation protocols and densities. Its score is the
mean over those of log RMSE, so that each density counts alike, whatever its level of error. The
months are resampled in pairs; the candidate is better if the whole 95 % interval of the mean
difference lies below zero, and exp(difference) is its RMSE as a share of the other's.

Cases that state a weight and a unit (patches of sea, of a day) count by their weight, and those of
a unit are resampled together.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from thermocline.errors import BadData, BadFile
from thermocline.verify.bootstrap import EACH, Design, verdict

METHOD = "thermocline"
PLAIN = ("climatology", "bicubic")
"""The simplest method of each system's board, which the first champion must be better than."""
BASELINES = (
    *("climatology", "oi", "ensemble_oi", "ensemble_oi_hybrid", "dineof"),
    *("bicubic", "lanczos", "regression", "place regression"),
)
"""The classical methods there are; a board holds those of its system."""

Key = tuple[str, str, float]
"""Case name, protocol, density."""


@dataclass(frozen=True)
class Comparison:
    """How the candidate compares; `ratio` is candidate RMSE / other RMSE with its 95 % interval.

    Attributes:
        against: what it was compared with.
        decision: better, worse, undecided, or refused (the two cannot be compared).
        months: held-out months, or days, that were resampled.
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


Drawn = Mapping[str, tuple[float, str]]
"""Weight and unit of cases by their names, as far as they state them."""


def drawn(rows: Iterable[dict[str, Any]]) -> Drawn:
    """How the cases of a board are counted and drawn."""
    return {
        str(row["case"]): (float(row["weight"]), str(row["unit"])) for row in rows if "unit" in row
    }


def compare(
    candidate: dict[Key, float],
    other: dict[Key, float],
    against: str,
    *,
    same_board: bool = True,
    cases: Drawn = MappingProxyType({}),
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Paired comparison over held-out months; refused if the two were not scored alike.

    Args:
        candidate, other: RMSE by (case, protocol, density).
        against: a name for `other`.
        same_board: whether grid, mask and period of the two scoreboards agree.
        cases: see `drawn`; months that each count alike if it is empty.
    """
    if not same_board:
        return _refused(against, "they were scored on another grid, mask or period")
    if not candidate or candidate.keys() != other.keys():
        missing = len(candidate.keys() ^ other.keys())
        return _refused(against, f"{missing} of the cases were scored for only one of the two")
    months = sorted({key[0] for key in candidate})
    left, right = (np.array([_month(table, m) for m in months]) for table in (candidate, other))
    design, count, unit = EACH, len(months), "month"
    if all(month in cases for month in months):
        weights, units = zip(*(cases[month] for month in months), strict=True)
        design, count, unit = Design(weights, units), len(set(units)), "day"
    result = verdict(left, right, n=resamples, seed=seed, design=design)
    if result is None:
        return _refused(against, f"{count} held-out {unit} is too few to judge by")
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
        f"paired bootstrap over {count} held-out {unit}s, {len(candidate)} cases)"
    )
    return Comparison(
        against,
        result.decision,
        float(ratio),
        float(low),
        float(high),
        count,
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


def first_champion(rows: Sequence[dict[str, Any]]) -> str:
    """The simplest method of a board, which the first champion must be better than.

    Raises:
        BadData: if it was not scored on the candidate's cases.
    """
    return best_baseline(rows, PLAIN)


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
