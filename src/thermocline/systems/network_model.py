"""A model that is a network and a contract: how it is saved and loaded."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors.torch import save_file
from torch import nn

from thermocline.errors import BadFile
from thermocline.files import atomic_directory, atomic_path
from thermocline.training.weights import averaged_weights, read_weights

CONTRACT, WEIGHTS = "contract.json", "weights.safetensors"


class NetworkContract(BaseModel):
    """All that prediction may assume of a model, written beside its weights.

    Attributes:
        system: whose model it is.
        variable, units: of its answers.
        settings: the system's section of params.yaml that it was made with.
        grid: of its answers, as `Grid.describe` gives it.
        calibration: numbers fitted on validation data, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_version: int = 1
    system: str
    variable: str
    units: str
    settings: dict[str, Any]
    grid: dict[str, Any]
    seed: int
    data_digest: str
    calibration: dict[str, float] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "NetworkContract":
        """Read a contract; raises BadFile if it is missing, damaged or of another kind."""
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as problem:
            raise BadFile(
                f"no contract that can be read ({type(problem).__name__})",
                where=str(path),
                fix="train the model again, or use the version of the system that made it",
            ) from problem


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
            with atomic_path(folder / CONTRACT) as temporary:
                text = self.contract.model_dump_json(indent=1)
                temporary.write_text(text + "\n", encoding="utf-8")
            weights = {f"ema.{k}": v.contiguous() for k, v in self.network.state_dict().items()}
            save_file(weights, folder / WEIGHTS)


def load_weights(network: nn.Module, path: Path) -> None:
    """Put the averaged weights of a file into a network, which is then only asked.

    Raises:
        BadFile: if the file is missing or damaged, or of another network.
    """
    try:
        network.load_state_dict(averaged_weights(read_weights(path)))
    except RuntimeError as problem:
        raise BadFile(
            f"weights that do not fit ({type(problem).__name__})",
            where=str(path),
            fix="train or download the model again",
        ) from problem
    network.eval().requires_grad_(False)
