"""What a sweep searches, and how: a study of a system's settings."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from thermocline.config.types import Count, Section

Value = bool | int | float | str


class Choice(Section):
    """One of several values, without order."""

    choice: Annotated[tuple[Value, ...], Field(min_length=1)]


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


Dimension = Choice | Real | Whole


class TuneConfig(Section):
    """An Optuna study over a system's settings, scored on validation years.

    Attributes:
        trials: finished trials the study shall hold (complete or pruned).
        steps: training steps of each trial.
        sampler: `tpe` is multivariate; `nsga2` weighs the error against the cost of an answer.
        pruner: `hyperband` stops trials that fall behind at rungs a factor 3 apart.
        startup: trials drawn at random before a model of the earlier ones guides the search.
        space: what is searched: settings of the system, dotted, with the values they may take.
    """

    trials: Count = 3
    steps: Count = 60
    sampler: Literal["tpe", "gp", "nsga2", "random"] = "tpe"
    pruner: Literal["hyperband", "none"] = "hyperband"
    startup: Count = 4
    space: dict[str, Dimension] = Field(default_factory=dict)

    @field_validator("space")
    @classmethod
    def _dotted(cls, space: dict[str, Dimension]) -> dict[str, Dimension]:
        for name in space:
            if name.count(".") != 1 or name == "training.steps" or name.startswith("tune."):
                raise ValueError(
                    f"{name!r} cannot be searched: name a setting of the system, such as "
                    "process.schedule (training.steps is the study's own)"
                )
        return space


def _check(bounds: tuple[float, float], log: bool) -> None:
    low, high = bounds
    if low >= high:
        raise ValueError(f"the lower bound {low:g} is not below the upper {high:g}")
    if log and low <= 0:
        raise ValueError(f"a logarithmic range cannot begin at {low:g}")
