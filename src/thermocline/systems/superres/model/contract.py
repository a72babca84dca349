"""The contract of a `superres` model: everything that prediction needs besides the weights."""

from typing import Literal

from thermocline.systems.contract import Contract
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.scales import Scales


class SuperresContract(Contract):
    """Factor, units, scales, calibration (`gate`) and settings of a trained model.

    Attributes:
        block: size of a training block, degrees of latitude and of longitude; None for models of
            before it was recorded.
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
