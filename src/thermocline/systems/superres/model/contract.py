"""The contract of a `superres` model: all that prediction may assume, beside the weights."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.model.calibration import Gate
from thermocline.systems.superres.model.scales import Scales


class SuperresContract(BaseModel):
    """Factor, units, scales, gate and settings of a trained model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_version: Literal[1] = 1
    system: Literal["superres"] = "superres"
    variable: Literal["analysed_sst"] = "analysed_sst"
    units: Literal["degree_Celsius"] = "degree_Celsius"
    factor: int
    config: SuperresConfig
    scales: Scales
    gate: Gate = Gate()
    seed: int = 0
    data_digest: str = ""

    def save(self, path: Path) -> None:
        with atomic_path(path) as temporary:
            temporary.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "SuperresContract":
        """Read what `save` wrote; raises BadFile if it is missing, damaged or of another kind."""
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise BadFile(
                "the model has no contract", where=str(path), fix="train or download it again"
            ) from problem
        except ValidationError as problem:
            first = problem.errors()[0]
            raise BadFile(
                f"not a contract this version understands: {first['loc']}: {first['msg']}",
                where=str(path),
                fix="use the version of Thermocline that made the model, or retrain it",
            ) from problem
