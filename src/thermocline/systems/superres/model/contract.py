"""The contract of a `superres` model: all that prediction may assume, beside the weights."""

from typing import Literal

from thermocline.systems.contract import Contract
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.scales import Scales


class SuperresContract(Contract):
    """Factor, units, scales, gate and settings of a trained model.

    Attributes:
        block: degrees, of latitude as of longitude, that a block of the training had; None of
            models made before it was kept.
    """

    contract_version: Literal[1] = 1
    system: Literal["superres"] = "superres"
    variable: Literal["analysed_sst"] = "analysed_sst"
    units: Literal["degree_Celsius"] = "degree_Celsius"
    factor: int
    block: float | None = None
    config: SuperresConfig
    scales: Scales
    gate: Calibration = Calibration()
