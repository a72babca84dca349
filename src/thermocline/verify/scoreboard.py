"""The scoreboard of one system: its methods scored on the same cases, written and compared."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from thermocline.errors import BadData, BadFile
from thermocline.verify import bootstrap
from thermocline.verify.jsonfiles import read_list, to_json, write_text
from thermocline.verify.rows import (
    JUDGED,
    KEYS,
    Context,
    Pair,
    Ratio,
    Row,
    extra_keys,
    ratio_record,
)
from thermocline.verify.scores import Score, pool

__all__ = ["KEYS", "OURS", "Board", "Context", "Ratio", "Row", "compare"]

OURS = "thermocline"
PLAIN = ("climatology", "bicubic")
"""What every other method is compared with too: the simplest method of the board."""
PROTOCOLS = ("columns", "cells", "blocks")


@dataclass
class Board:
    """All rows of a system, and the score of every single case behind them."""

    system: str
    context: Context
    resamples: int = 1000
    seed: int = 0
    block: int = 1
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
        variable: str = "thetao",
        note: str = "",
    ) -> Row:
        """Add a method's row from its cases (in order of time); a row of the same name is replaced.

        Raises:
            BadData: for no case, the same case twice, or an unknown protocol.
        """
        if protocol not in PROTOCOLS:
            raise BadData(
                f"protocol {protocol!r}", where="scoreboard", fix=f"it is one of {PROTOCOLS}"
            )
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
        judged = {name: self._interval(records, name) for name in JUDGED if _has(records, name)}
        extra = total.extra(scores)
        extra |= {f"{n}_ci": ci for n, ci in judged.items() if f"{n}_ci" not in KEYS}
        if note:
            extra["note"] = note
        row = Row(
            **identity,  # type: ignore[arg-type]
            rmse=total.rmse,
            rmse_ci=judged["rmse"],
            bias=total.bias,
            crps=total.crps,
            crps_ci=judged["crps"],
            spread_skill=total.spread_skill,
            **total.published(density),
            evaluations=total.evaluations,
            seconds=total.seconds,
            members=total.members or 0,
            cases=len(scores),
            extra=extra,
        )
        same = lambda other: all(other[key] == value for key, value in identity.items())
        self.rows = [r for r in self.rows if not same(asdict(r))] + [row]
        self.cases = [c for c in self.cases if not same(c)]
        self.cases += [{**identity, **record} for record in records]
        return row

    def ratios(self, candidate: str = OURS, reference: str | None = None) -> list[Ratio]:
        """`candidate` against every other method (or one), group by group, on shared cases."""
        found = []
        for row in self.rows:
            if row.method == candidate or (reference and row.method != reference):
                continue
            ours = self._scores(candidate, row.group)
            if ours:
                theirs = self._scores(row.method, row.group)
                found.append(self._ratio(candidate, row.method, row.group, ours, theirs))
        return found

    def write(self, folder: str | Path) -> None:
        """Write `scoreboard.json`, `scoreboard.md` and `cases.json`, each whole or not at all."""
        from thermocline.verify.tables import markdown

        folder = Path(folder)
        write_text(folder / "cases.json", to_json(self.cases))
        write_text(folder / "scoreboard.json", to_json(self.records()))
        write_text(folder / "scoreboard.md", markdown(self))

    def records(self) -> list[dict[str, Any]]:
        """The rows as flat objects: the 18 keys, the context, and extra keys."""
        context = asdict(self.context)
        settings = {"resamples": self.resamples, "seed": self.seed, "block": self.block}
        plain = next((p for p in PLAIN if any(row.method == p for row in self.rows)), PLAIN[0])
        records = []
        for row in self.rows:
            against = None if row.method == OURS else plain
            versus = {
                r.reference: ratio_record(r)
                for r in self.ratios(row.method, against)
                if r.group == row.group
            }
            records.append(
                {key: getattr(row, key) for key in KEYS}
                | context
                | {k: v for k, v in row.extra.items() if k not in context}
                | {"versus": versus, "bootstrap": settings, "notes": self.notes}
            )
        return records

    @classmethod
    def read(cls, folder: str | Path) -> "Board":
        """Read what `write` wrote.

        Raises:
            BadFile: if a file is missing or is not a scoreboard.
            BadData: if the rows of the list differ in grid, mask, period or valid cells.
        """
        folder = Path(folder)
        records, cases = (read_list(folder / n) for n in ("scoreboard.json", "cases.json"))
        if not records:
            raise BadFile("an empty scoreboard", where=str(folder), fix="run the evaluate stage")
        try:
            contexts = [Context(**{k: r[k] for k in Context.__dataclass_fields__}) for r in records]
            rows = [Row(**{k: r[k] for k in KEYS}, extra=extra_keys(r)) for r in records]
            settings = records[0]["bootstrap"]
            notes = records[0]["notes"]
        except (KeyError, TypeError) as problem:
            raise BadFile(
                f"not a scoreboard: {problem}", where=str(folder), fix="run the evaluate stage"
            ) from problem
        for other in contexts[1:]:
            contexts[0].refuse_unless_same(other, "rows of one board")
        return cls(rows[0].system, contexts[0], **settings, rows=rows, cases=cases, notes=notes)

    def print(self) -> None:
        """Show the board on the console."""
        from thermocline.verify.tables import show

        show(self)

    def _interval(self, records: list[dict[str, Any]], name: str) -> Pair:
        key, statistic = JUDGED[name]
        design, block = self._design(records)
        values = [record[key] for record in records]
        found = bootstrap.interval(
            values, statistic, self.resamples, self.seed, block=block, design=design
        )
        return None if found is None else [found.low, found.high]

    def _design(self, records: list[dict[str, Any]]) -> tuple[bootstrap.Design, int]:
        """How cases are drawn, and in blocks of how many units; of one, if they are few."""
        given = {key: [r[key] for r in records] for key in ("weight", "unit") if key in records[0]}
        design = bootstrap.Design(**given)
        return design, self.block if design.units(len(records)) >= 2 * self.block else 1

    def _scores(self, method: str, group: tuple[str, float, str]) -> dict[str, dict[str, Any]]:
        return {
            c["case"]: c
            for c in self.cases
            if c["method"] == method and (c["protocol"], c["density"], c["variable"]) == group
        }

    def _ratio(
        self,
        candidate: str,
        reference: str,
        group: tuple[str, float, str],
        ours: dict[str, dict[str, Any]],
        theirs: dict[str, dict[str, Any]],
    ) -> Ratio:
        shared = [case for case in ours if case in theirs]

        def judge(name: str) -> bootstrap.Verdict | None:
            key, statistic = JUDGED[name]
            pair = [[scores[case] for case in shared] for scores in (ours, theirs)]
            if not shared or not all(_has(records, name) for records in pair):
                return None
            design, block = self._design(pair[0])
            a, b = ([record[key] for record in records] for records in pair)
            return bootstrap.verdict(
                a, b, statistic, self.resamples, self.seed, block=block, design=design
            )

        others = {n: v for n in JUDGED if n not in KEYS and (v := judge(n))}
        return Ratio(
            *group, candidate, reference, len(shared), judge("rmse"), judge("crps"), others
        )


def _has(records: list[dict[str, Any]], name: str) -> bool:
    return all(JUDGED[name][0] in record for record in records)


def compare(board_a: Board, board_b: Board) -> list[Ratio]:
    """Every method of `board_b` against the method of the same name in `board_a`.

    Ratios below 1 mean that `board_b` is better; only cases in both boards count.

    Raises:
        BadData: if the boards differ in grid, mask, period or valid cells.
    """
    board_a.context.refuse_unless_same(board_b.context)
    found = []
    for row in board_b.rows:
        old = board_a._scores(row.method, row.group)
        new = board_b._scores(row.method, row.group)
        if old:
            found.append(board_b._ratio(row.method, row.method, row.group, new, old))
    return found
