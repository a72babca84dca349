"""How a model card is written: Jinja, with the filters by which numbers are shown."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import jinja2
import yaml

from thermocline.verify.board.text import p_value

Number = Any
"""A float, or None or jinja2.Undefined where there is none."""


def render(template: Path, facts: Mapping[str, Any]) -> str:
    """The Markdown that a system's card.md.j2 makes of facts; it extends registry/card.md.j2."""
    text = _environment().from_string(template.read_text(encoding="utf-8")).render(facts)
    lines = [line if line.startswith("> ") else line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        keep_trailing_newline=True,
    )
    made.tests["finite"] = finite
    made.filters |= {
        "number": number,
        "percent": percent,
        "interval": interval,
        "outside": outside,
        "p_value": lambda value: p_value(value if finite(value) else None),
        "yaml": lambda text: (
            yaml.safe_dump(str(text), allow_unicode=True, width=10_000).split("\n...", 1)[0].strip()
        ),
    }
    return made


def finite(value: Number) -> bool:
    """Whether there is a number, and neither NaN nor infinity."""
    return isinstance(value, (int, float)) and isfinite(value)


def number(value: Number, form: str = ".3f") -> str:
    """A number as the card shows it, "–" if there is none (NaN is none)."""
    if not finite(value):
        return "–"
    text = format(value, form)
    return text.lstrip("-") if float(text) == 0 else text


def percent(share: Number, form: str = "g") -> str:
    """Such as `2 %`."""
    return f"{number(100 * share, form)} %" if finite(share) else "–"


def interval(pair: Sequence[float] | None) -> str:
    """Such as `0.622–0.676`."""
    return f"{number(pair[0])}–{number(pair[1])}" if pair else "–"


def outside(row: Mapping[str, Any]) -> str:
    """Share of truths below or above all members, from a row's rank histogram."""
    ranks = row.get("ranks") or [0]
    return percent((ranks[0] + ranks[-1]) / sum(ranks), ".1f") if sum(ranks) else "–"
