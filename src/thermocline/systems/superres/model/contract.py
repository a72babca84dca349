"""The contract of a `superres` model: all that prediction may assume, beside the weights."""

from typing import Literal

from thermocline.systems.contract import Contract
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.scales import Scales


class SuperresContract(Contract):
    """Factor, units, scales, gate and settings of a trained model."""

    contract_version: Literal[1] = 1
    system: Literal["superres"] = "superres"
    variable: Literal["analysed_sst"] = "analysed_sst"
    units: Literal["degree_Celsius"] = "degree_Celsius"
    factor: int
    config: SuperresConfig
    scales: Scales
    gate: Calibration = Calibration()
