"""The contract of this system's models."""

from typing import Any, Literal

from pydantic import Field

from thermocline.systems.contract import Contract


class IceContract(Contract):
    """See `systems.contract.Contract`.

    Attributes:
        settings: data, model, training and sampling, as params.yaml has them.
        grid: of states, as `Grid.describe` gives it.
        spread: factor on the deviation of each variable's answer to observations, before bounds,
            fitted on validation years for its members.
        stated: factor on the standard deviation that is stated of its mean, fitted likewise; none
            of models made before it was.
        patterns: in how many generated states vary as those of the validation years do.
        training_states: how many states the networks have learned.
        library_states: how many of them the ensemble OI holds; 0 of models made before it was kept.
        years: the first and the last of the training's; None of models made before these were kept.
    """

    contract_version: Literal[1] = 1
    settings: dict[str, Any]
    grid: dict[str, Any]
    spread: dict[str, float] = Field(default_factory=dict)
    stated: dict[str, float] = Field(default_factory=dict)
    patterns: int = 0
    training_states: int = 0
    library_states: int = 0
    years: tuple[int, int] | None = None
