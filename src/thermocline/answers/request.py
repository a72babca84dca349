"""What requests of all endpoints have in common: fields and their limits.

Light, because the command line makes its help from requests.
"""

from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from thermocline.config.types import MAX_MEMBERS
from thermocline.errors import BadData, BadObservations

MAX_SEED = 2**53 - 1


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")
    return value


NUMBER = BeforeValidator(_no_boolean)
"""For fields of numbers: true and false, which pydantic takes for 1 and 0, are refused."""

Members = Annotated[
    int | None,
    Field(ge=1, le=MAX_MEMBERS, description="Ensemble size; the model's default if left out"),
]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED, description="The same seed gives the same answer")]


class Request(BaseModel):
    """A question. Subclasses have fields with descriptions; see `protocol.Endpoint`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_booleans(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[str(info.field_name)]
        if isinstance(value, bool) and field.annotation is not bool:
            raise ValueError("a boolean is no number and no text")
        return value


def check_members(members: int) -> int:
    """`members` if it is 1…MAX_MEMBERS; raises BadObservations otherwise."""
    if isinstance(members, bool) or not isinstance(members, int) or not 1 <= members <= MAX_MEMBERS:
        raise BadObservations(
            f"{members!r} members", where="members", fix=f"ask for 1 to {MAX_MEMBERS} members"
        )
    return members


def check_seed(seed: int) -> int:
    """`seed` if it is 0…MAX_SEED; raises BadData otherwise."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise BadData(
            f"seed {seed!r}", where="seed", fix=f"give a whole number from 0 to {MAX_SEED}"
        )
    return seed


def uploads(request: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a request that are files: their type is a path, or a path or nothing."""
    found = []
    for name, field in request.model_fields.items():
        kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
        bare = [getattr(kind, "__origin__", kind) for kind in kinds or [field.annotation]]
        if bare == [Path]:
            found.append(name)
    return tuple(found)
