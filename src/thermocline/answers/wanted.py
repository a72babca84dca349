"""Options of the answer besides the question: members, quantiles, a box, depths.

Light, as `answers.request` is. `answers.view` does what is said here to every system's answers.
Several numbers are one text, such as "0.05, 0.95", so that forms, links and command lines hold
them; JSON and Python may give a list.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from thermocline.answers.request import MAX_MEMBERS, Members, Request, Seed
from thermocline.errors import BadData

MAX_QUANTILES = 9


def numbers(text: str) -> list[float]:
    """The numbers of a text, separated by commas."""
    return [float(part) for part in text.split(",")]


def _as_text(value: Any) -> Any:
    """A list of numbers, or one, as text; anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = [value]  # so forms have it, which hold JSON
    if isinstance(value, list | tuple) and not any(isinstance(each, bool) for each in value):
        return ", ".join(f"{each:.12g}" if isinstance(each, float) else f"{each}" for each in value)
    return value


def _numbers(wrong: Callable[[list[float]], str]) -> AfterValidator:
    """Refuses a text that is no numbers, or of which `wrong` says something."""

    def check(text: str) -> str:
        try:
            found = numbers(text)
        except ValueError:
            found = [math.nan]
        if not all(map(math.isfinite, found)):
            raise ValueError("numbers separated by commas are expected")
        if said := wrong(found):
            raise ValueError(said)
        return str(_as_text(found))  # the same question in one way of writing

    return AfterValidator(check)


def _no_box(found: list[float]) -> str:
    if len(found) != 4:
        return "four numbers are expected: west, south, east, north"
    west, south, east, north = found
    if not -90 <= south < north <= 90:
        return "south has to be below north, both from -90 to 90"
    if not all(-360 <= side <= 360 for side in (west, east)) or west == east:
        return "west and east have to differ, both from -360 to 360"
    return ""


def _no_depths(found: list[float]) -> str:
    good = len(found) == 2 and 0 <= found[0] <= found[1]
    return "" if good else "two numbers are expected: the shallowest depth and the deepest"


def _no_quantiles(found: list[float]) -> str:
    if len(found) > MAX_QUANTILES or sorted(set(found)) != found:
        return f"up to {MAX_QUANTILES} different numbers are expected, the smallest first"
    return "" if all(0 < q < 1 for q in found) else "numbers between 0 and 1 are expected"


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """West, south, east and north of a text such as "-80, 20, -40, 50"; raises BadData."""
    if text is None:
        return None
    try:
        west, south, east, north = found = numbers(text)
        wrong = _no_box(found)
    except ValueError:
        wrong = _no_box([])
    if wrong:
        raise BadData(f"{text!r:.80}: {wrong}", where="box", fix="such as -80, 20, -40, 50")
    return west, south, east, north


Listed = Annotated[str, BeforeValidator(_as_text), Field(max_length=200)]
Box = Annotated[Listed, _numbers(_no_box)]
Depths = Annotated[Listed, _numbers(_no_depths)]
Quantiles = Annotated[Listed, _numbers(_no_quantiles)]


def _answer(description: str) -> Any:
    """A field about the answer, not the question: forms may put it apart."""
    return Field(description=description, json_schema_extra={"x-answer": True})


class FieldRequest(Request):
    """A question that is answered by an ensemble of fields."""

    members: Members = None
    seed: Seed = 0
    keep_members: Annotated[bool, _answer("Give every member, too")] = False
    quantiles: Annotated[
        Quantiles | None,
        _answer("Quantiles of the members, such as 0.05, 0.5, 0.95; these need 19 members or more"),
    ] = None
    box: Annotated[
        Box | None, _answer("Part of the map: west, south, east, north, such as -80, 20, -40, 50")
    ] = None

    @property
    def needs_members(self) -> bool:
        """Whether every member has to be part of the answer that the endpoint gives."""
        return self.keep_members or self.quantiles is not None

    @field_validator("quantiles")
    @classmethod
    def _enough_members(cls, value: str | None, info: ValidationInfo) -> str | None:
        """A quantile beyond the outermost members is not known."""
        if value is not None:
            needed, asked = members_for(numbers(value)), info.data.get("members")
            if needed > MAX_MEMBERS:
                ends = f"{1 / (MAX_MEMBERS + 1):.3f} to {MAX_MEMBERS / (MAX_MEMBERS + 1):.3f}"
                raise ValueError(f"of {MAX_MEMBERS} members at most, quantiles reach from {ends}")
            if (asked or 0) < needed:
                raise ValueError(
                    "these quantiles need more members: give `members` of "
                    f"{needed} at least (`--members {needed}`)"
                )
        return value


class DeepRequest(FieldRequest):
    """One whose answer has depths."""

    depths: Annotated[
        Depths | None, _answer("Part of the levels: the shallowest and the deepest, metres")
    ] = None


def members_for(quantiles: list[float]) -> int:
    """How many draws are needed: of N, the k-th smallest is the quantile k/(N + 1)."""
    outermost = min(min(q, 1 - q) for q in quantiles)
    return max(2, math.ceil(round(1 / outermost, 9)) - 1)
