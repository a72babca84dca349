"""By how much two models err, and the difference with its interval where that means something.

Differences are A − B: below 0, A errs less. Their intervals come from resampling the held-out
cases in pairs, which is only done where the two answered the same questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from thermocline.verify.board.presentation import MODEL, Presentation
from thermocline.verify.board.rows import Group, Ratio, Row
from thermocline.verify.board.scoreboard import Board, compare
from thermocline.verify.board.tables import title_of
from thermocline.verify.significance.bootstrap import decided


@dataclass(frozen=True)
class Score:
    """A score of one method in both, of one variable at one protocol and density.

    Intervals are 95 %.

    `asked` says in words what was asked, `title` what the score is called, with its unit.
    `difference` is A − B with its paired interval, None where the two cannot be paired; `note`
    says why. `ratio` is A / B on the same cases: estimate, low, high. `decision` is of A: better,
    worse or undecided.
    """

    protocol: str
    density: float
    variable: str
    metric: str
    asked: str
    title: str
    a: float | None
    a_interval: list[float] | None
    b: float | None
    b_interval: list[float] | None
    difference: float | None = None
    interval: list[float] | None = None
    decision: str = ""
    cases: int = 0
    note: str = ""
    method: str = MODEL
    ratio: list[float] | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether A is the same number as B, or lies within the interval of B.

        None if that cannot be judged: B has no such score, or too few cases for an interval.
        """
        if self.a == self.b and not self.note.startswith("only"):
            return True
        if self.a is None or self.b is None or self.b_interval is None:
            return False if self.a is None and self.b is not None else None
        return self.b_interval[0] <= self.a <= self.b_interval[1]


def compare_scores(
    a: Board | None,
    b: Board | None,
    paired: bool,
    methods: Sequence[str] = (MODEL,),
    same: bool = False,
) -> list[Score]:
    """Scores of some methods, usually of the models themselves alone, on two boards.

    Args:
        paired: whether the two boards hold the same cases (see `comparability.why_not`).
        same: whether scores that are the same in both are among them.
    """
    by_row = lambda board: {(row.group, row.method): row for row in board.rows}
    rows = [by_row(board) if board else {} for board in (a, b)]
    words = [board.presentation for board in (b, a) if board]
    metrics = dict.fromkeys(metric.name for each in words for metric in each.metrics)
    pairs: dict[tuple[Group, str], Ratio] = {}
    if a and b and paired:
        pairs = {(r.group, m): r for m in methods for r in compare(b, a, m)}
    order = lambda key: (key[0][2], key[0][0] != "columns", key[0][1], methods.index(key[1]))
    scores = []
    for key in sorted((key for key in rows[0] | rows[1] if key[1] in methods), key=order):
        for metric in (*metrics, "bias", "spread_skill"):
            score = _score(rows[0].get(key), rows[1].get(key), key, metric, words[0])
            if score.a == score.b:
                scores += [score] if same else []
                continue
            if paired and metric in metrics and not score.note:
                score = _paired(score, pairs[key], [table[key].cases for table in rows])
            scores.append(score)
    return scores


def _score(
    a: Row | None, b: Row | None, key: tuple[Group, str], metric: str, words: Presentation
) -> Score:
    group, method = key
    value = lambda row: None if row is None else row.find(metric)
    pair = lambda row: None if row is None else row.find(f"{metric}_ci")
    note = "" if a and b else f"only {'A' if a else 'B'} was scored so"
    said = title_of(words, group), words.metric_title(metric, group[2])
    numbers = value(a), pair(a), value(b), pair(b)
    return Score(*group, metric, *said, *numbers, note=note, method=method)


def _paired(score: Score, pair: Ratio, cases: list[int]) -> Score:
    """The score with the difference's interval, if both were scored on the same cases."""
    if cases != [pair.cases, pair.cases]:
        return replace(score, note=f"{pair.cases} of {cases[0]} and {cases[1]} cases are shared")
    found = pair.verdicts.get(score.metric)
    if found is None:
        few = f"{pair.cases} held-out case{'s' if pair.cases > 1 else ''}, without an interval"
        return replace(score, note=few)
    gap = found.difference
    interval = [gap.low, gap.high]
    ratio = [found.ratio.estimate, found.ratio.low, found.ratio.high]
    return replace(
        score,
        difference=gap.estimate,
        interval=interval,
        decision=decided(gap),
        cases=pair.cases,
        ratio=ratio if all(map(isfinite, ratio)) else None,
    )
