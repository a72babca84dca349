"""Every knob of a run, typed once: the parts of params.yaml that systems share.

A system's own section is typed in its folder; `thermocline.systems.config` reads the whole file.
"""

from thermocline.config.classical import DineofConfig, EnsembleOIConfig, OIConfig
from thermocline.config.data import (
    DataConfig,
    ErrorConfig,
    GridConfig,
    ObserveConfig,
    Period,
    PrepareConfig,
    SstConfig,
)
from thermocline.config.model import MaskingConfig, NetworkConfig, ProcessConfig
from thermocline.config.sampling import SamplingConfig
from thermocline.config.training import TrainingConfig
from thermocline.config.tune import Choice, Dimension, Real, TuneConfig, Whole
from thermocline.config.types import Section
from thermocline.config.whole import Config, EvaluateConfig, SystemSection

__all__ = [
    "Choice",
    "Config",
    "DataConfig",
    "Dimension",
    "DineofConfig",
    "EnsembleOIConfig",
    "ErrorConfig",
    "EvaluateConfig",
    "GridConfig",
    "MaskingConfig",
    "NetworkConfig",
    "OIConfig",
    "ObserveConfig",
    "Period",
    "PrepareConfig",
    "ProcessConfig",
    "Real",
    "SamplingConfig",
    "Section",
    "SstConfig",
    "SystemSection",
    "TrainingConfig",
    "TuneConfig",
    "Whole",
]
