"""The kinds of values params.yaml holds."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

MAX_MEMBERS = 64
"""More members than this are refused: they cost time and say little more about mean and spread."""

MAX_COUNT = 10**9
"""More than this is refused of what is counted: it is a slip of the hand."""

WISHED = "wished"
"""Of a validation's context; see `wished`."""

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Natural = Annotated[int, Field(ge=0, le=MAX_COUNT)]
NotNegative = Annotated[float, Field(ge=0)]
Average = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Several = Annotated[int, Field(ge=2, le=MAX_COUNT)]
Even = Annotated[int, Field(ge=2, le=MAX_COUNT, multiple_of=2)]


def wished(info: ValidationInfo) -> bool:
    """Whether settings are those of params.yaml, not of a model that was made with them."""
    return bool(info.context and info.context.get(WISHED))


def _answerable(members: int, info: ValidationInfo) -> int:
    if wished(info) and members > MAX_MEMBERS:
        raise ValueError(f"an answer has {MAX_MEMBERS} members at most")
    return members


Members = Annotated[int, Field(ge=1, le=MAX_COUNT), AfterValidator(_answerable)]


def renamed(values: Any, **names: str) -> Any:
    """Values of a section with new names for earlier ones of keys: `renamed(values, old="new")`.

    Raises:
        ValueError: if a key is there under both names.
    """
    if not isinstance(values, Mapping):
        return values
    for old, new in names.items():
        if old in values and new in values:
            raise ValueError(f"{old} is the earlier name of {new}: give {new} alone")
    return {names.get(key, key): value for key, value in values.items()}


def renamed_within(values: Any, **names: str) -> Any:
    """The same at all depths, without a check, such as for contract.json of an earlier version."""
    if isinstance(values, Mapping):
        return {names.get(k, k): renamed_within(v, **names) for k, v in values.items()}
    if isinstance(values, list):
        return [renamed_within(each, **names) for each in values]
    return values


T = TypeVar("T")
Some = Annotated[tuple[T, ...], Field(min_length=1)]
"""A list that is not empty, such as candidates."""


def _each_once(values: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
    twice = [value for number, value in enumerate(values) if value in values[:number]]
    if wished(info) and twice:
        raise ValueError(f"{twice[0]!r} is listed twice")
    return values


Once = Annotated[tuple[T, ...], Field(min_length=1), AfterValidator(_each_once)]
"""Such a list in which nothing is twice."""


class Section(BaseModel):
    """A part of params.yaml; immutable, closed to unknown keys, and of finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuses true, "3" and the like for a number, and 1 and "yes" for true.

        Pydantic would take the one for the other.
        """
        _check_plain(value, cls.model_fields[str(info.field_name)].annotation)
        return value


def _check_plain(value: Any, annotation: Any) -> None:
    kinds = plain_kinds(annotation)
    if isinstance(value, list | tuple):
        each = next((get_args(kind) for kind in kinds if get_origin(kind) is tuple), ())
        items = each[:1] * len(value) if each[1:] == (...,) else each
        for item, kind in zip(value, items, strict=False):
            _check_plain(item, kind)
    elif isinstance(value, dict):
        of_keys = next((get_args(kind) for kind in kinds if get_origin(kind) is dict), ())
        for item in value.values() if of_keys else ():
            _check_plain(item, of_keys[1])
    elif kinds & {int, float} and isinstance(value, bool | str) and type(value) not in kinds:
        raise ValueError("give a number, without quotes")
    elif kinds == {bool} and not isinstance(value, bool):
        raise ValueError("give true or false, without quotes")


def plain_kinds(annotation: Any) -> set[Any]:
    """The types that a value may have, without what is said about them."""
    if get_origin(annotation) is Annotated:
        return plain_kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return set().union(*(plain_kinds(each) for each in get_args(annotation)))
    return {annotation}
