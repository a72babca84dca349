"""How a candidate's answers differ from the champion's: of one answer, and of a service's log.

Each line of the log is one request that a candidate was asked, too: JSON with `route`, `champion`
and `candidate` (name/version), `fate` ("compared", "refused" or "failed"), `why`, `missed`
(requests before this one that there was no room for), `seconds` of both, and the answers'
`differences`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

COMPARED, REFUSED, FAILED = "compared", "refused", "failed"
"""What became of a request that a candidate was asked."""
DRAWS = frozenset({"member", "realization"})
"""Dims along which answers hold single draws."""


def compared_fields(answer: "xr.Dataset") -> "xr.Dataset":
    """What two answers to one question are compared by: real fields, without single members.

    Members are draws: those of two models differ where their distributions do not.
    """
    import xarray as xr

    return xr.Dataset(
        {
            str(name): field.variable.load()
            for name, field in answer.data_vars.items()
            if field.dtype.kind == "f" and field.ndim and DRAWS.isdisjoint(field.dims)
        }
    )


def differences(champion: "xr.Dataset", candidate: "xr.Dataset") -> dict[str, dict[str, Any]]:
    """Candidate minus champion, by variable, over the cells where both have a value.

    Args:
        champion, candidate: answers to one question, or their `compared_fields`.

    Returns:
        For every field of either: `cells` compared, their `mean` and `rms` difference in `units`,
        `stated` (root mean square of the champion's `<variable>_std` there; None if it states
        none), and `one_only`, the cells where one of them alone has a value. A field that the other
        lacks, or has in another shape or other units, has its reason in `unlike`, and no figures.
    """
    ours, theirs = compared_fields(champion), compared_fields(candidate)
    found = {}
    for name in sorted({*map(str, ours.data_vars), *map(str, theirs.data_vars)}):
        unlike = _unlike(ours.variables.get(name), theirs.variables.get(name))
        found[name] = {"unlike": unlike} if unlike else _difference(name, ours, theirs)
    return found


def _unlike(ours: "xr.Variable | None", theirs: "xr.Variable | None") -> str:
    if ours is None or theirs is None:
        return f"only the {'candidate' if ours is None else 'champion'} gives it"
    if (ours.dims, ours.shape) != (theirs.dims, theirs.shape):
        return f"{dict(ours.sizes)} and {dict(theirs.sizes)}"
    units = ours.attrs.get("units"), theirs.attrs.get("units")
    return "" if units[0] == units[1] else f"in {units[0]} and in {units[1]}"


def _difference(name: str, champion: "xr.Dataset", candidate: "xr.Dataset") -> dict[str, Any]:
    import numpy as np

    ours, theirs = (each[name].values.astype(np.float64) for each in (champion, candidate))
    has = np.isfinite(ours), np.isfinite(theirs)
    both = has[0] & has[1]
    off, std = (theirs - ours)[both], champion.get(f"{name}_std")
    stated = std.values[both] if std is not None and std.shape == both.shape else None
    return {
        "units": str(champion[name].attrs.get("units", "1")),
        "cells": int(both.sum()),
        "one_only": int((has[0] ^ has[1]).sum()),
        "mean": float(off.mean()) if off.size else None,
        "rms": _rms(off),
        "stated": None if stated is None else _rms(stated.astype(np.float64)),
    }


def _rms(values: Any) -> float | None:
    square = float((values**2).mean()) if values.size else math.nan
    return math.sqrt(square) if math.isfinite(square) else None


@dataclass(frozen=True)
class Shadow:
    """What a log says of one candidate beside one champion, on one route.

    Attributes:
        fates: how many requests were compared, refused by the candidate, or failed.
        missed: how many more were chosen, and there was no room for.
        slower: the candidate's seconds over the champion's, of all that were compared; or None.
        fields: of each variable `mean` and `rms` difference over all cells, `stated` and `units`.
        reasons: why requests were refused or failed, or fields not compared; the commonest first.
    """

    route: str
    champion: str
    candidate: str
    fates: Mapping[str, int]
    missed: int
    slower: float | None
    fields: Mapping[str, Mapping[str, Any]]
    reasons: Sequence[str]


def shadows(lines: Iterable[Mapping[str, Any]]) -> list[Shadow]:
    """Of each route, champion and candidate, what all lines of a log say together."""
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        found[line["route"], line["champion"], line["candidate"]].append(line)
    return [_shadow(key, own) for key, own in sorted(found.items())]


def _shadow(key: tuple[str, str, str], lines: list[Mapping[str, Any]]) -> Shadow:
    compared = [line for line in lines if line["fate"] == COMPARED]
    by_field: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    reasons = Counter(line["why"] for line in lines if line["why"])
    for line in compared:
        for name, said in line["differences"].items():
            if "unlike" in said:
                reasons[f"{name}: {said['unlike']}"] += 1
            elif said["cells"]:
                by_field[name].append(said)
    ours, theirs = (
        sum(line["seconds"][who] for line in compared) for who in ("champion", "candidate")
    )
    return Shadow(
        *key,
        fates=Counter(line["fate"] for line in lines),
        missed=sum(line["missed"] for line in lines),
        slower=theirs / ours if ours else None,
        fields={name: _over_all(said) for name, said in sorted(by_field.items())},
        reasons=[reason for reason, _ in reasons.most_common()],
    )


def _over_all(said: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of several answers together, every cell counted once."""
    cells = sum(each["cells"] for each in said)
    mean = sum(each["cells"] * each["mean"] for each in said) / cells
    square = {
        name: sum(each["cells"] * each[name] ** 2 for each in said) / cells
        for name in ("rms", "stated")
        if all(each[name] is not None for each in said)
    }
    roots = {name: math.sqrt(value) for name, value in square.items()}
    return {"units": said[0]["units"], "answers": len(said), "cells": cells, "mean": mean, **roots}
