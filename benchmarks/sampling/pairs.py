"""What is compared: a sampler, a guidance, and the steps that a budget of evaluations pays for."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from thermocline.errors import BadConfig
from thermocline.files import atomic_path

GUIDANCES = ("none", "pigdm", "mmps", "dps", "replace", "reconmost")
CALL = {"pigdm": 2, "dps": 2, "mmps": 4}
"""Forward and backward evaluations a call of D_y costs; 1 for those not named."""


@dataclass(frozen=True)
class Pair:
    """A sampler and a guidance; `early` walks times placed early instead of the schedule's own."""

    sampler: str
    guidance: str
    early: bool = False

    @property
    def name(self) -> str:
        """The sampler as tables call it."""
        return f"{self.sampler}, early" if self.early else self.sampler

    def steps(self, budget: int) -> int:
        """The most steps that `budget` evaluations a member surely pay for, possibly none."""
        calls = budget // CALL.get(self.guidance, 1)
        return (calls + 1) // 2 if self.sampler == "heun" else calls


@dataclass(frozen=True)
class Result:
    """What a pair scored by the number of evaluations it took, or why it does not apply.

    Attributes:
        errors: {evaluations: {error's name: value}}.
        refused: the code's own words; empty where it applies.
    """

    pair: Pair
    errors: dict[int, dict[str, float]] = field(default_factory=dict)
    refused: str = ""

    def within(self, budget: int) -> dict[str, float] | None:
        """The errors of the longest run that `budget` pays for; None if it pays for none."""
        paid = [evaluations for evaluations in self.errors if evaluations <= budget]
        return self.errors[max(paid)] if paid else None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


Score = Callable[[Pair, int], tuple[int, dict[str, float]]]
"""Evaluations a member and errors of a pair at a number of steps."""


def all_pairs(samplers: Sequence[str], early: Sequence[tuple[str, str]] = ()) -> list[Pair]:
    """Every sampler with every guidance, then those (sampler, guidance) tried at early times."""
    pairs = [Pair(sampler, guidance) for guidance, sampler in product(GUIDANCES, samplers)]
    return pairs + [Pair(sampler, guidance, True) for sampler, guidance in early]


def measure(pairs: Iterable[Pair], budgets: Sequence[int], score: Score) -> list[Result]:
    """Score each pair within each budget; what the code refuses is kept with its reason."""
    results = []
    for pair in pairs:
        errors: dict[int, dict[str, float]] = {}
        refused = ""
        try:
            for steps in sorted({pair.steps(budget) for budget in budgets} - {0}):
                evaluations, found = score(pair, steps)
                errors[evaluations] = found
        except BadConfig as problem:
            refused = str(problem)
        results.append(Result(pair, errors, refused))
    return results


def remembered(score: Score, path: Path) -> Score:
    """`score`, with every answer kept in `path`: a run that was cut off goes on from there.

    DDIM is Euler's method, as the closed form shows, unless the guidance moves its mean.
    """
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def recall(pair: Pair, steps: int) -> tuple[int, dict[str, float]]:
        if pair.sampler == "ddim" and pair.guidance != "reconmost":
            pair = replace(pair, sampler="euler")
        key = f"{pair.name} {pair.guidance} {steps}"
        if key not in known:
            known[key] = score(pair, steps)
            write_json(path, known)
        evaluations, errors = known[key]
        return evaluations, errors

    return recall


def write_json(path: Path, content: Any) -> None:
    """Write `content`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")


def show(
    title: str, results: Sequence[Result], budgets: Sequence[int], errors: Sequence[str]
) -> None:
    """Print errors of all pairs against the evaluations a member they may take."""
    table = Table(title=title, title_justify="left")
    table.add_column("guidance", no_wrap=True)
    table.add_column("sampler", no_wrap=True)
    for budget in budgets:
        table.add_column(f"≤ {budget}", justify="right", no_wrap=True)
    refusals: dict[str, list[Result]] = {}
    for result in results:
        if result.refused:
            refusals.setdefault(result.pair.guidance, []).append(result)
        cells = ["n/a" if result.refused else cell(result.within(b), errors) for b in budgets]
        table.add_row(result.pair.guidance, result.pair.name, *cells)
    console = Console(width=140)
    console.print(table)
    for guidance, refused in refusals.items():
        names = ", ".join(result.pair.name for result in refused)
        console.print(f"n/a: {guidance} with {names}: {refused[0].refused}")


def cell(found: dict[str, float] | None, errors: Sequence[str]) -> str:
    """Such as `0.080 · 0.993`; powers of ten where it blew up, a dash where nothing was run."""
    if found is None:
        return "–"
    return " · ".join(f"{found[e]:.3f}" if found[e] < 100 else f"{found[e]:.0e}" for e in errors)
