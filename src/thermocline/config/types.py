"""The kinds of values params.yaml holds."""

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args

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

WISHED = "wished"
"""Of a validation's context; see `wished`."""

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Several = Annotated[int, Field(ge=2)]
Even = Annotated[int, Field(ge=2, multiple_of=2)]


def wished(info: ValidationInfo) -> bool:
    """Whether settings are those of params.yaml, not of a model that was made with them."""
    return bool(info.context and info.context.get(WISHED))


def _answerable(members: int, info: ValidationInfo) -> int:
    if wished(info) and members > MAX_MEMBERS:
        raise ValueError(f"an answer has {MAX_MEMBERS} members at most")
    return members


Members = Annotated[int, Field(ge=1), AfterValidator(_answerable)]


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


class Section(BaseModel):
    """A part of params.yaml; immutable, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    @field_validator("*", mode="before")
    @classmethod
    def _numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuses true, "3" and the like for a number, which pydantic would take for one."""
        annotation = cls.model_fields[str(info.field_name)].annotation
        kinds = {*(get_args(annotation) or (annotation,))} - {NoneType}
        if kinds <= {int, float} and isinstance(value, bool | str):
            raise ValueError("give a number, without quotes")
        return value
