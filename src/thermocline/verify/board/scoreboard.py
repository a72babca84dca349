"""The scoreboard of one system: its methods scored on the same cases, and compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from thermocline.errors import BadData
from thermocline.verify.board.breakdown import tested
from thermocline.verify.board.columns import Metric
from thermocline.verify.board.presentation import MODEL, Presentation
from thermocline.verify.board.rows import KEYS, Context, Group, Pair, Ratio, Row
from thermocline.verify.metrics.scores import Score, pool
from thermocline.verify.significance import bootstrap

__all__ = ["KEYS", "MODEL", "Board", "Context", "Ratio", "Row", "compare"]


@dataclass
class Board:
    """All rows of a system, and the score of every single case behind them."""

    system: str
    context: Context
    resamples: int = 1000
    seed: int = 0
    block: int = 1
    presentation: Presentation = field(default_factory=Presentation)
    rows: list[Row] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        method: str,
        protocol: str,
        density: float,
        scores: Sequence[Score],
        *,
        variable: str,
        note: str = "",
    ) -> Row:
        """Add a method's row from its cases (in order of time); a row of the same name is replaced.

        Raises:
            BadData: for no case, the same case twice, or an unknown protocol.
        """
        known = list(self.presentation.protocols)
        if known and protocol not in known:
            raise BadData(f"protocol {protocol!r}", where="scoreboard", fix=f"it is one of {known}")
        if len({score.case for score in scores}) != len(scores):
            raise BadData(f"{method}: a case is scored twice", where="scoreboard")
        total = pool(scores)
        identity = {
            "system": self.system,
            "method": method,
            "protocol": protocol,
            "density": float(density),
            "variable": variable,
        }
        records = [score.record(density) for score in scores]
        intervals = {
            f"{metric.name}_ci": self._interval(some, metric)
            for metric in self.presentation.metrics
            if (some := [record for record in records if metric.key in record])
        }
        extra = total.extra(scores) | total.shape | total.published(density)
        design, block = self._design(records)
        extra |= tested(total, design.blocks(len(records), block))
        extra |= {key: pair for key, pair in intervals.items() if key not in KEYS}
        if note:
            extra["note"] = note
        row = Row(
            **identity,  # type: ignore[arg-type]
            rmse=total.rmse,
            rmse_ci=intervals.get("rmse_ci"),
            bias=total.bias,
            crps=total.crps,
            crps_ci=intervals.get("crps_ci"),
            spread_skill=total.spread_skill,
            evaluations=total.evaluations,
            seconds=total.seconds,
            members=total.members or 0,
            cases=len(scores),
            extra=extra,
        )
        same = lambda get: all(get(key) == value for key, value in identity.items())
        self.rows = [r for r in self.rows if not same(partial(getattr, r))] + [row]
        self.cases = [c for c in self.cases if not same(c.get)]
        self.cases += [{**identity, **record} for record in records]
        return row

    def groups(self) -> list[tuple[Group, list[Row]]]:
        """Rows by protocol, density and variable, in the presentation's order, best first."""
        keys = sorted({row.group for row in self.rows}, key=self.presentation.order)
        order = lambda row: row.rmse if row.rmse is not None else float("inf")
        return [(key, sorted((r for r in self.rows if r.group == key), key=order)) for key in keys]

    def ratios(
        self, candidate: str = MODEL, reference: str | None = None, group: Group | None = None
    ) -> list[Ratio]:
        """`candidate` against every other method, or one, on shared cases: by group, or of one."""
        found = []
        for row in self.rows:
            other = reference is not None and row.method != reference
            if row.method == candidate or other or group not in (None, row.group):
                continue
            ours = self._scores(candidate, row.group)
            if ours:
                theirs = self._scores(row.method, row.group)
                found.append(self._ratio(candidate, row.method, row.group, ours, theirs))
        return found

    def _interval(self, records: list[dict[str, Any]], metric: Metric) -> Pair:
        design, block = self._design(records)
        values = [record[metric.key] for record in records]
        found = bootstrap.interval(
            values, metric.pooled, self.resamples, self.seed, block=block, design=design
        )
        return None if found is None else [found.low, found.high]

    def _design(self, records: list[dict[str, Any]]) -> tuple[bootstrap.Design, int]:
        """How cases are drawn, and in blocks of how many units; of one, if they are few."""
        given = {key: [r[key] for r in records] for key in ("weight", "unit") if key in records[0]}
        design = bootstrap.Design(**given)
        return design, self.block if design.units(len(records)) >= 2 * self.block else 1

    def _scores(self, method: str, group: Group) -> dict[str, dict[str, Any]]:
        return {
            c["case"]: c
            for c in self.cases
            if c["method"] == method and (c["protocol"], c["density"], c["variable"]) == group
        }

    def _ratio(
        self,
        candidate: str,
        reference: str,
        group: Group,
        ours: dict[str, dict[str, Any]],
        theirs: dict[str, dict[str, Any]],
    ) -> Ratio:
        shared = [case for case in ours if case in theirs]
        verdicts = {}
        for metric in self.presentation.metrics:
            scored = [c for c in shared if metric.key in ours[c] and metric.key in theirs[c]]
            if not scored:
                continue
            design, block = self._design([ours[case] for case in scored])
            a, b = ([scores[case][metric.key] for case in scored] for scores in (ours, theirs))
            found = bootstrap.verdict(
                a, b, metric.pooled, self.resamples, self.seed, block=block, design=design
            )
            if found is not None:
                verdicts[metric.name] = found
        return Ratio(*group, candidate, reference, len(shared), verdicts)


def compare(board_a: Board, board_b: Board, only: str = "") -> list[Ratio]:
    """Every method of `board_b`, or one, against the method of the same name in `board_a`.

    Ratios below 1 mean that `board_b` is better; only cases in both boards count.

    Raises:
        BadData: if the boards differ in grid, mask, period or valid cells.
    """
    board_a.context.refuse_unless_same(board_b.context)
    found = []
    for row in board_b.rows:
        if only and row.method != only:
            continue
        old = board_a._scores(row.method, row.group)
        new = board_b._scores(row.method, row.group)
        if old:
            found.append(board_b._ratio(row.method, row.method, row.group, new, old))
    return found
