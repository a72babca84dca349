"""The contract of this system's models."""

from typing import Any, Literal

from thermocline.systems.calibration import Calibration
from thermocline.systems.contract import Contract


class WaterContract(Contract):
    """See `systems.contract.Contract`.

    Attributes:
        settings: data, model, training and sampling, as params.yaml has them.
        depth: levels, m.
        regions: grid of each region, as `Grid.describe` gives it, by name.
        linear: settings of the classical method of the first guess.
        gate: factors on the network's increment and on the members' spread, by the share of
            columns observed and by channel: temperature at each level, then salinity.
        alone: the same where no surface field is given.
        years: the first and the last of the training states.
        training_states: number of training states.
    """

    contract_version: Literal[1] = 1
    settings: dict[str, Any]
    depth: tuple[float, ...]
    regions: dict[str, dict[str, Any]]
    linear: dict[str, Any]
    gate: Calibration
    alone: Calibration
    years: tuple[int, int]
    training_states: int = 0
