"""What a sweep searches, and how: a study of a system's settings."""

import math
import re
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from thermocline.config.types import Count, Section, renamed

Value = bool | int | float | str
SEARCHABLE = ("model", "training", "sampling")
STUDY_OWN = (
    "training.steps",
    "training.validate_every",
    "training.checkpoint_every",
    "sampling.members",
)
"""A study sets these itself, alike in all of its trials."""
RENAMED = {"training.blind": "training.mean_fraction"}
"""Settings by their earlier names."""
NUMBER = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?")


class Choice(Section):
    """One of several values, without order."""

    choice: Annotated[tuple[Value, ...], Field(min_length=1)]

    @field_validator("choice")
    @classmethod
    def _each_once(cls, values: tuple[Value, ...]) -> tuple[Value, ...]:
        for number, value in enumerate(values):
            if isinstance(value, str) and NUMBER.fullmatch(value):
                raise ValueError(f"{value!r} is text: write a number without quotes")
            if value in values[:number]:
                raise ValueError(f"{value!r} is listed twice")
        return values


class Real(Section):
    """A number between two others; `log` spreads the search evenly over orders of magnitude."""

    real: tuple[float, float]
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Real":
        _check(self.real, self.log)
        return self


class Whole(Section):
    """A whole number between two others, both included."""

    whole: tuple[int, int]
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Whole":
        _check(self.whole, self.log)
        return self


def _kind(value: Any) -> str | None:
    """Which kind of dimension is meant: only its own errors are then told."""
    named = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((kind for kind in ("choice", "real", "whole") if kind in named), None)


Dimension = Annotated[
    Annotated[Choice, Tag("choice")]
    | Annotated[Real, Tag("real")]
    | Annotated[Whole, Tag("whole")],
    Discriminator(
        _kind,
        custom_error_type="dimension",
        custom_error_message=(
            "write {choice: [a, b, …]}, {real: [low, high]} or {whole: [low, high]}"
        ),
    ),
]


class TuneConfig(Section):
    """An Optuna study over a system's settings, scored on validation years.

    What is ahead after few steps is often not ahead at the end: hence `share`.
    """

    trials: Count = 3
    """Finished trials that the study shall hold, complete or pruned."""
    steps: Count = 60
    """Training steps of each trial; all parts of a model are shortened alike."""
    sampler: Literal["tpe", "gp", "nsga2", "random"] = "tpe"
    """tpe is multivariate; nsga2 weighs the error against the cost of an answer."""
    pruner: Literal["hyperband", "none"] = "hyperband"
    """hyperband stops trials that fall behind at rungs a factor 3 apart."""
    startup: Count = 4
    """Trials drawn at random before a model of the earlier ones guides the search; with nsga2, the
    size of a generation.
    """
    space: dict[str, Dimension] = Field(default_factory=dict)
    """What is searched: settings of the system, dotted, with the values that they may take; bounds
    are moved to hold the value of params.yaml.
    """
    share: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Least share of the training's steps that trials must have for a better one's settings to be
    trained.
    """

    def needed(self, steps: int) -> int:
        """Steps that trials must have, of a training of so many."""
        return math.ceil(self.share * steps)

    @field_validator("space", mode="before")
    @classmethod
    def _renamed(cls, space: Any) -> Any:
        return renamed(space, **RENAMED)

    @field_validator("space")
    @classmethod
    def _dotted(cls, space: dict[str, Dimension]) -> dict[str, Dimension]:
        for name in space:
            section, _, setting = name.partition(".")
            if section not in SEARCHABLE or not setting or name in STUDY_OWN:
                raise ValueError(
                    f"{name!r} cannot be searched: name a setting of {', '.join(SEARCHABLE)}, such "
                    f"as training.learning_rate ({', '.join(STUDY_OWN)} are the study's own)"
                )
        return space


def _check(bounds: tuple[float, float], log: bool) -> None:
    low, high = bounds
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"the lower bound {low:g} is not below the upper {high:g}")
    if log and low <= 0:
        raise ValueError(f"a logarithmic range cannot begin at {low:g}")
