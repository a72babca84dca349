"""What a setting may be, in words: for messages, and for the list of all settings in docs."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ByteSize
from pydantic.fields import FieldInfo

from thermocline.config.types import MAX_COUNT

PLAIN = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    date: 'date in quotes, such as "2003-01-01"',
    ByteSize: "size such as 4GB",
    type(None): "null",
}
LIMITS = ("gt", "ge", "lt", "le", "multiple_of")


def described(annotation: Any, said: Iterable[Any] = ()) -> str:
    """What a value of this type may be, such as `number above 0`.

    Args:
        said: what is said about it beside its type; see `FieldInfo.metadata`.
    """
    said = [*_limits(said)]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return described(parts[0], [*parts[1:], *said])
    if origin in (Union, UnionType):
        return _either([described(each, said) for each in parts])
    if origin is Literal:
        return _either([f"`{each}`" for each in parts])
    if origin is tuple and parts[1:] == (...,):
        return f"list: {described(parts[0])}"
    if origin is tuple:
        return f"list of {len(parts)}: {described(parts[0])}"
    if origin is dict:
        return f"names, each with {described(parts[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "settings"
    return PLAIN.get(annotation, "value") + _range(dict(said))


def described_field(field: FieldInfo) -> str:
    """What a setting may be."""
    return described(field.annotation, field.metadata)


def _limits(said: Iterable[Any]) -> Iterator[tuple[str, float]]:
    for each in said:
        if isinstance(each, tuple):
            yield each
        elif isinstance(each, FieldInfo):
            yield from _limits(each.metadata)
        else:
            for limit in LIMITS:
                value = getattr(each, limit, None)
                if value is not None and value != MAX_COUNT:
                    yield limit, value


def _range(limits: dict[str, float]) -> str:
    low, high = limits.get("ge"), limits.get("le")
    if low is not None and high is not None:
        text = f" from {low:g} to {high:g}"
    else:
        words = {"gt": "above {:g}", "ge": "{:g} or more", "lt": "below {:g}", "le": "up to {:g}"}
        text = ", ".join(words[name].format(limits[name]) for name in words if name in limits)
        text = f" {text}" if text.startswith("above") else f", {text}" if text else ""
    if "multiple_of" in limits:
        text += f", a multiple of {limits['multiple_of']:g}"
    return text


def _either(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
