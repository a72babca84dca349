"""The `reconstruct` section of params.yaml."""

from typing import Literal

from pydantic import model_validator

from thermocline.config import (
    Config,
    DineofConfig,
    EnsembleOIConfig,
    EvaluateConfig,
    GridConfig,
    MaskingConfig,
    NetworkConfig,
    ObserveConfig,
    OIConfig,
    ProcessConfig,
    SamplingConfig,
    SystemSection,
    TrainingConfig,
)
from thermocline.config.types import Count, Fraction, Once, Positive, Section


class StatesConfig(Section):
    """The states that are reconstructed, and what is observed of them."""

    grid: GridConfig = GridConfig()
    standardise: Literal["cell", "level"] = "cell"
    """Whether the standard deviation is that of each cell, or of each level."""
    minimum_std: Positive = 0.05
    """Least standard deviation to divide by, in °C."""
    observe: ObserveConfig = ObserveConfig()


class BaselinesConfig(Section):
    """Candidates for the classical methods."""

    oi: OIConfig = OIConfig()
    ensemble_oi: EnsembleOIConfig = EnsembleOIConfig()
    dineof: DineofConfig = DineofConfig()


class ModelConfig(Section):
    """What is trained."""

    network: NetworkConfig = NetworkConfig()
    process: ProcessConfig = ProcessConfig()
    masking: MaskingConfig = MaskingConfig()


class CasesConfig(EvaluateConfig):
    """How many months are scored, and which shares of columns, or of cells, are observed."""

    densities: Once[Fraction] = (0.005, 0.02, 0.075)
    """Shares of columns that are observed."""
    cells_density: Fraction = 0.075
    """Share of cells that is observed where single cells are."""
    months: Count = 12
    """Test months that are scored."""
    validation_months: Count = 6
    """Validation months that are scored."""


class ReconstructSection(SystemSection):
    """Multi-layer temperature from sparse observations."""

    in_common = ("model.masking.analysis",)
    stated = (
        "data.observe.window",
        "baselines.oi.length_km",
        "baselines.ensemble_oi.share",
        "baselines.ensemble_oi.mean_state",
        "model.network.width",
        "model.masking.ratio",
        "model.masking.pattern",
        "model.masking.analysis",
        "model.masking.layouts",
        "model.masking.states",
        "training.steps",
        "training.learning_rate",
        "training.ema",
        "training.precision",
        "training.checkpoint_every",
        "training.validate_every",
        "sampling.sigma_min",
        "sampling.sampler",
        "sampling.guidance",
        "sampling.steps",
        "sampling.sigma_start",
        "sampling.centred",
        "evaluate.months",
        "evaluate.validation_months",
    )

    data: StatesConfig = StatesConfig()
    baselines: BaselinesConfig = BaselinesConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    sampling: SamplingConfig = SamplingConfig()
    evaluate: CasesConfig = CasesConfig()

    @model_validator(mode="after")
    def _begins_within(self) -> "ReconstructSection":
        """Noise levels of sampling are asked for with schedule edm; the others have their own."""
        own = self.sampling
        within = own.sigma_min <= own.sigma_start <= own.sigma_max
        if self.model.process.schedule == "edm" and own.start == "analysis" and not within:
            raise ValueError(
                f"sampling.sigma_start {own.sigma_start:g} is not from sigma_min "
                f"{own.sigma_min:g} to sigma_max {own.sigma_max:g}"
            )
        return self


def settings(config: Config) -> ReconstructSection:
    """This system's section."""
    section = config.section("reconstruct")
    assert isinstance(section, ReconstructSection)
    return section


SECTION = ReconstructSection
