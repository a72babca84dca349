"""A model that is a network and a contract: how it is saved and loaded."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field
from safetensors.torch import save_file
from torch import nn

from thermocline.files import atomic_directory
from thermocline.systems.contract import CONTRACT, WEIGHTS, Contract
from thermocline.training.weights import stored_weights


class NetworkContract(Contract):
    """Of a model with settings of its system's section of params.yaml.

    Attributes:
        settings: that section.
        grid: of its answers, as `Grid.describe` gives it.
        calibration: numbers fitted on validation data, by name.
    """

    contract_version: Literal[1] = 1
    settings: dict[str, Any]
    grid: dict[str, Any]
    calibration: dict[str, float] = Field(default_factory=dict)


@dataclass(eq=False)
class NetworkModel:
    """A trained network with its contract. Subclasses answer problems: they are `Method`s."""

    contract: NetworkContract
    network: nn.Module
    name: str = "thermocline"

    def calibrated(self, **found: float) -> Self:
        """This model with numbers that were fitted on validation data."""
        known = {**self.contract.calibration, **found}
        return replace(self, contract=self.contract.model_copy(update={"calibration": known}))

    def save(self, directory: str | Path) -> None:
        """Write contract and weights, whole or not at all."""
        with atomic_directory(directory) as folder:
            self.contract.save(folder / CONTRACT)
            save_file(stored_weights(self.network, {}), folder / WEIGHTS)
