"""The contract of a model: all that prediction may assume, written beside the weights.

What all contracts have in common, and how they are written and read; a system's own adds its part.
"""

import json
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from thermocline.errors import BadFile
from thermocline.files import atomic_path

CONTRACT, WEIGHTS = "contract.json", "weights.safetensors"
"""The two files that every model has."""


class Contract(BaseModel):
    """What every contract says.

    Attributes:
        contract_version: of this system's contracts.
        system: whose model it is.
        variable, units: of its answers.
        seed: of its training.
        data_digest: of the prepared data it was trained on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_version: int
    system: str
    variable: str
    units: str
    seed: int = 0
    data_digest: str = ""

    @classmethod
    def migrated(cls, values: Any, where: str) -> Any:
        """Values of an earlier version as the current one has them; raises BadFile for others."""
        return values

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        with atomic_path(path) as temporary:
            temporary.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a contract of any known version, brought up to the current one.

        Raises:
            BadFile: if it is missing, damaged, of another kind, or of a version that is not known.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise BadFile(
                "the model has no contract", where=str(path), fix="train or download it again"
            ) from problem
        except ValueError as problem:
            raise BadFile(
                f"not a contract: {problem}", where=str(path), fix="train or download it again"
            ) from problem
        try:
            return cls.model_validate(cls.migrated(values, str(path)))
        except ValidationError as problem:
            first = problem.errors()[0]
            raise BadFile(
                f"not a contract this version understands: {first['loc']}: {first['msg']}",
                where=str(path),
                fix="use the version of Thermocline that made the model, or retrain it",
            ) from problem
