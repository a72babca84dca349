"""By how much two models err, and the difference with its interval where that means something.

Differences are A − B: below 0, A errs less. Their intervals come from resampling the held-out
cases in pairs, which is only done where the two answered the same questions.
"""

from dataclasses import dataclass, replace

from thermocline.verify.bootstrap import decided
from thermocline.verify.presentation import MODEL, Presentation
from thermocline.verify.rows import Group, Ratio, Row
from thermocline.verify.scoreboard import Board, compare
from thermocline.verify.tables import title_of


@dataclass(frozen=True)
class Score:
    """A score of both of one variable at one protocol and density; intervals are 95 %.

    `asked` says in words what was asked, `title` what the score is called, with its unit.
    `difference` is A − B with its paired interval, None where the two cannot be paired; `note`
    says why. `decision` is of A: better, worse or undecided.
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


def compare_scores(a: Board | None, b: Board | None, paired: bool) -> list[Score]:
    """Scores of the two models' own method that are not the same in both.

    Args:
        paired: whether the two boards hold the same cases (see `same_questions.why_not`).
    """
    rows = [
        {row.group: row for row in board.rows if row.method == MODEL} if board else {}
        for board in (a, b)
    ]
    words = [board.presentation for board in (b, a) if board]
    metrics = dict.fromkeys(metric.name for each in words for metric in each.metrics)
    pairs = {r.group: r for r in compare(b, a, MODEL)} if a and b and paired else {}
    scores = []
    for group in sorted(rows[0] | rows[1], key=lambda g: (g[2], g[0] != "columns", g[1])):
        for metric in (*metrics, "bias", "spread_skill"):
            score = _score(rows[0].get(group), rows[1].get(group), group, metric, words[0])
            if score.a == score.b:
                continue
            if paired and metric in metrics and not score.note:
                score = _paired(score, pairs[group], [table[group].cases for table in rows])
            scores.append(score)
    return scores


def _score(a: Row | None, b: Row | None, group: Group, metric: str, words: Presentation) -> Score:
    value = lambda row: None if row is None else row.find(metric)
    pair = lambda row: None if row is None else row.find(f"{metric}_ci")
    note = "" if a and b else f"only {'A' if a else 'B'} was scored so"
    said = title_of(words, group), words.metric_title(metric, group[2])
    return Score(*group, metric, *said, value(a), pair(a), value(b), pair(b), note=note)


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
    return replace(
        score,
        difference=gap.estimate,
        interval=interval,
        decision=decided(gap),
        cases=pair.cases,
    )
