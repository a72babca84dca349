"""The card's numbers: skill by density, depth and basin, and whether the uncertainty is right."""

from collections.abc import Mapping, Sequence
from typing import Any

from thermocline.registry.gate import METHOD
from thermocline.verify.presentation import Presentation
from thermocline.verify.text import p_value

Record = Mapping[str, Any]

SPREAD_SKILL = "spread / skill"
SPACE, KEPT = " ", "\u00a0"  # the latter does not break a narrow heading apart


def skill_sections(rows: Sequence[Record], best: str, contract: Record) -> list[str]:
    """The sections on skill and calibration, from scoreboard.json's rows.

    Args:
        best: the baseline that the model was judged against, shown beside it.
        contract: the model's contract, for its levels and its gate.
    """
    depth = [float(value) for value in contract.get("depth", [])]
    levels = [f"{value:g}" for value in depth]
    return [
        f"## Skill on held-out months\n\n{_overall(rows)}",
        _along(rows, best, "depth", "Depth (m)", levels),
        _along(rows, best, "basin", "Basin", None),
        calibration(rows),
        _gate(contract.get("gate") or {}, levels),
    ]


def _overall(rows: Sequence[Record]) -> str:
    """A table for each protocol and density; the number of cases says how far to trust it."""
    heads = ["method", "RMSE", "95 %", "CRPS", "bias", SPREAD_SKILL, "cases"]
    parts = [
        "RMSE, CRPS and bias in °C, over all ocean cells of all levels, weighted by area. Columns "
        "are whole profiles at random places, observed with error; cells are drawn at random in "
        "each level and observed without."
    ]
    for group in dict.fromkeys((row["protocol"], row["density"]) for row in rows):
        shown = [
            [
                row["method"],
                number(row.get("rmse")),
                interval(row.get("rmse_ci")),
                number(row.get("crps")),
                number(row.get("bias")),
                number(row.get("spread_skill")),
                row.get("cases", "–"),
            ]
            for row in rows
            if (row["protocol"], row["density"]) == group
        ]
        title = f"### {percent(group[1])} of {group[0]} observed"
        parts.append(f"{title}\n\n{table(heads, shown)}")
    return "\n\n".join(parts)


def _along(
    rows: Sequence[Record], best: str, kind: str, head: str, names: Sequence[str] | None
) -> str:
    """A table by level or basin at the middle density of columns; says so if there is none."""
    title = f"## Skill by {kind}"
    key = f"rmse_by_{kind}"
    with_it = [r for r in rows if r["protocol"] == "columns" and r.get(key)]
    ours = sorted((r for r in with_it if r["method"] == METHOD), key=lambda r: float(r["density"]))
    if not ours:
        return f"{title}\n\nThe report this card was made from holds no scores by {kind}."
    middle = ours[len(ours) // 2]
    beside = {r["method"]: r for r in with_it if r["density"] == middle["density"]}
    names = list(middle[key]) if names is None else names
    others = [m for m in dict.fromkeys((best, "climatology")) if m in beside]
    words = Presentation.of_rows(rows)
    heads = [head, "RMSE", *(words.name(m, short=True) for m in others)]
    lines = []
    for place, name in enumerate(names):
        pick = lambda row, what, p=place, n=name: _at(row.get(f"{what}_by_{kind}"), p, n)
        rmse, reference = pick(middle, "rmse"), pick(beside.get("climatology", {}), "rmse")
        if rmse is None:
            continue
        lines.append(
            [
                name,
                number(rmse),
                *(number(pick(beside[m], "rmse")) for m in others),
                skill(rmse, reference),
                number(pick(middle, "bias")),
                number(pick(middle, "spread_skill")),
            ]
        )
    said = (
        f"With {percent(middle['density'])} of columns observed: RMSE, that of other methods, and "
        "bias in °C. Skill is 1 − MSE / MSE of climatology: 100 % is perfect, 0 % no better than "
        "climatology."
    )
    heads += ["skill", "bias", SPREAD_SKILL]
    return f"{title}\n\n{said}\n\n{table(heads, lines)}"


def calibration(rows: Sequence[Record]) -> str:
    """The section on spread and rank histogram of the model's own rows."""
    shown = []
    for row in rows:
        if row["method"] != METHOD or row.get("spread_skill") is None:
            continue
        ranks, test = row.get("ranks") or [], row.get("flatness") or {}
        outside = (ranks[0] + ranks[-1]) / sum(ranks) if ranks and sum(ranks) else None
        shown.append(
            [
                asked(row["protocol"], row["density"]),
                number(row["spread_skill"]),
                "–" if outside is None else percent(outside, ".1f"),
                "–" if outside is None else percent(2 / len(ranks), ".1f"),
                number(test.get("chi2"), ".0f"),
                p_value(test.get("p")),
                p_value(test.get("exchanged_p")),
            ]
        )
    if not shown:
        return "## Calibration\n\nThe report states no spread."
    heads = ["observed", SPREAD_SKILL, "truth outside all members", "expected of trustworthy"]
    said = (
        "Spread / skill is 1 when the stated uncertainty has the size of the error; below 1 it is "
        "too confident. χ² is that of the rank histogram against a flat one, and p how often a "
        "flat one's is as large, judged by how much cases differ; exchanged, how often it is as "
        "large with members in the truths' place."
    )
    return f"## Calibration\n\n{said}\n\n{table([*heads, 'χ²', 'p', 'p, exchanged'], shown)}"


def _gate(gate: Record, levels: Sequence[str]) -> str:
    density = gate.get("density") or []
    if not density:
        return ""
    heads = ["Depth (m)"]
    heads += [f"trust, {percent(d).replace(SPACE, KEPT)}" for d in density]
    heads += [f"spread, {percent(d).replace(SPACE, KEPT)}" for d in density]
    columns = [*gate["correction"], *gate["spread"]]
    lines = [
        [name, *(number(column[place], ".2f") for column in columns)]
        for place, name in enumerate(levels)
    ]
    most = max(max(column) for column in gate["correction"])
    said = (
        "How far the network is trusted, fitted on validation years: with trust 0 the answer is "
        "the ensemble OI's alone, with 1 it is the network's; the spread of the ensemble is "
        "multiplied by its factor. By share of columns observed; the largest trust here is "
        f"{number(most, '.2f')}."
    )
    return f"### Gate factors by depth\n\n{said}\n\n{table(heads, lines)}"


def asked(protocol: str, density: float) -> str:
    """What a row of a scoreboard was asked with, such as `2 % of columns`."""
    return "means over blocks" if protocol == "blocks" else f"{percent(density)} of {protocol}"


def table(heads: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; the first column is text, the others numbers."""
    ruler = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in (heads, ruler, *lines))


def number(value: float | None, form: str = ".3f") -> str:
    """A number as the card shows it, "–" if there is none (NaN is none)."""
    if value is None or value != value:
        return "–"
    text = format(value, form)
    return text.lstrip("-") if float(text) == 0 else text


def percent(share: float, form: str = "g") -> str:
    """Such as `2 %`."""
    return f"{format(100 * float(share), form)} %"


def interval(pair: Sequence[float] | None) -> str:
    """Such as `0.622–0.676`."""
    return f"{number(pair[0])}–{number(pair[1])}" if pair else "–"


def skill(rmse: float | None, reference: float | None) -> str:
    """1 − MSE / MSE of the reference, in per cent."""
    if rmse is None or not reference:
        return "–"
    return percent(1 - (rmse / reference) ** 2, ".0f").replace("-0 %", "0 %")


def _at(values: Any, place: int, name: str) -> float | None:
    if not values:
        return None
    return values.get(name) if isinstance(values, Mapping) else values[place]
