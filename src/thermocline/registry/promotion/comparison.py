"""The promotion test: a candidate must be shown better, on the same cases, to become champion.

Every held-out case is scored at several observation protocols and densities, and in one or several
variables. Its score is the mean over those of the logarithm of the verdict's metric (usually RMSE),
so that each counts alike, whatever its level of error and its unit. The cases are resampled in
pairs; the candidate is better if the whole 95 % interval of the mean difference lies below zero,
and exp(difference) is its RMSE as a share of the other's.

Cases that state a weight and a unit (patches of sea, of a day) count by their weight, and those of
a unit are resampled together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from thermocline.errors import BadData
from thermocline.systems.protocol import PromotionCriterion
from thermocline.verify.board.jsonfiles import without_nan
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.significance.bootstrap import EACH, Design, decided, verdict

TOO_FEW = "are too few to judge by"
BETTER = "better than"
"""What the explanation of a passed test begins with."""
PLAIN_WORDS = PromotionCriterion(reference="", names={}, cases="cases")
_WORDS = {
    "better": BETTER,
    "worse": "worse than",
    "undecided": "not shown better than",
}

Key = tuple[str, str, float, str]
"""Case name, protocol, density, variable."""


@dataclass(frozen=True)
class PromotionVerdict:
    """How the candidate compares; `ratio` is of its metric to the other's, with a 95 % interval.

    Attributes:
        against: what it was compared with.
        decision: better, worse, undecided, or refused (the two cannot be compared).
        months: held-out units, such as months or days, that were resampled.
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
        return dict(without_nan(asdict(self)))


def scores(
    rows: Iterable[Mapping[str, Any]], method: str = MODEL, metric: str = "rmse"
) -> dict[Key, float]:
    """A metric of a method by case, protocol, density and variable; of cases that have it."""
    return {
        (
            str(row["case"]),
            str(row["protocol"]),
            round(float(row["density"]), 6),
            str(row.get("variable", "")),
        ): float(row[metric])
        for row in rows
        if row["method"] == method and row.get(metric) is not None
    }


Drawn = Mapping[str, tuple[float, str]]
"""Weight and unit of cases by their names, as far as they state them."""


def drawn(rows: Iterable[Mapping[str, Any]]) -> Drawn:
    """How the cases of a board are counted and drawn."""
    return {
        str(row["case"]): (float(row["weight"]), str(row["unit"])) for row in rows if "unit" in row
    }


def compare(
    candidate: Mapping[Key, float],
    other: Mapping[Key, float],
    against: str,
    *,
    cases: Drawn = MappingProxyType({}),
    said: PromotionCriterion = PLAIN_WORDS,
    resamples: int = 1000,
    seed: int = 0,
    block: int = 1,
) -> PromotionVerdict:
    """Paired comparison over held-out cases; refused if the two were not scored alike.

    Args:
        candidate, other: the metric by case, protocol, density and variable.
        against: a name for `other`.
        cases: see `drawn`; cases that each count alike if it is empty.
        said: what metric, cases and methods are called.
        block: consecutive cases that are drawn together, as on the board; 1 if there are few.
    """
    called = said.names.get(against, against)
    if not candidate or candidate.keys() != other.keys():
        missing = len(candidate.keys() ^ other.keys())
        return refused(
            against, f"{missing} of the cases were scored for only one of the two", called
        )
    names = sorted({key[0] for key in candidate})
    left, right = (np.array([_mean(table, n) for n in names]) for table in (candidate, other))
    design, count = EACH, len(names)
    if all(name in cases for name in names):
        weights, units = zip(*(cases[name] for name in names), strict=True)
        design, count = Design(weights, units), len(set(units))
    block = block if count >= 2 * block else 1
    result = verdict(left, right, n=resamples, seed=seed, design=design, block=block)
    if result is None:
        return refused(against, f"{count} held-out {said.cases} {TOO_FEW}", called)
    found = result.difference  # of mean logarithms
    decision = decided(found)
    ratio, low, high = (float(np.exp(v)) for v in (found.estimate, found.low, found.high))
    explanation = (
        f"{_WORDS[decision]} {called}: {said.words} ratio {ratio:.3f} (95 % interval "
        f"{low:.3f} to {high:.3f}; geometric mean of the cases' own ratios, paired bootstrap over "
        f"{count} held-out {said.cases}, {len(candidate)} cases)"
    )
    return PromotionVerdict(against, decision, ratio, low, high, count, len(candidate), explanation)


def best_baseline(rows: Sequence[Mapping[str, Any]], metric: str = "rmse") -> str:
    """The method that is not the model, of lowest mean log metric on the model's own cases.

    Raises:
        BadData: if no other method was scored on the same cases as the model.
    """
    wanted = scores(rows, metric=metric).keys()
    others = {str(row["method"]) for row in rows} - {MODEL}
    tables = {name: scores(rows, name, metric) for name in others}
    ranked = [
        (float(np.mean(np.log(list(table.values())))), name)
        for name, table in tables.items()
        if wanted and table.keys() == wanted
    ]
    if not ranked:
        raise BadData(
            "no baseline was scored on the candidate's cases",
            where="cases.json",
            fix="run the evaluate stage again, for all methods",
        )
    return min(ranked)[1]


def _mean(table: Mapping[Key, float], case: str) -> float:
    values = [value for key, value in table.items() if key[0] == case]
    if min(values) <= 0 or not np.isfinite(values).all():
        raise BadData(f"the score of case {case!r} is not positive", where="cases.json")
    return float(np.mean(np.log(values)))


def refused(against: str, reason: str, called: str = "") -> PromotionVerdict:
    """What a comparison that cannot be made came to."""
    nan = float("nan")
    explanation = f"not compared with {called or against}: {reason}"
    return PromotionVerdict(against, "refused", nan, nan, nan, 0, 0, explanation)
