"""The `seaice` section of params.yaml."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, model_validator

from thermocline.config import (
    Config,
    EvaluateConfig,
    NetworkConfig,
    OIConfig,
    SystemSection,
    TrainingConfig,
)
from thermocline.config.model import NoiseRange
from thermocline.config.types import (
    MAX_COUNT,
    Average,
    Count,
    Even,
    Members,
    NotNegative,
    Once,
    Positive,
    Section,
    Several,
    Share,
    Some,
    wished,
)


class IceErrors(Section):
    """Standard deviations of observations: of concentration (1), and of thickness in metres."""

    siconc: Positive = 0.05
    """Standard deviation of the error of concentration, as a fraction."""
    sithick: Positive = 0.3
    """Standard deviation of the error of thickness, in metres."""


class IceData(Section):
    """Raw files below `data.raw`, and how they are observed.

    Thickness is observed in `thickness` times as many cells as concentration.
    """

    folder: Path = Path("arctic")
    """Folder below data.raw."""
    errors: IceErrors = IceErrors()
    thickness: Share = 0.2
    """Cells whose thickness is observed, as a share of those with concentration."""


class EnsembleConfig(Section):
    """Candidates for the localised ensemble OI, and how many training states it holds.

    Covariances have faded to zero at `radius_km`; states at most `season_months` calendar months
    away are used; `inflation` is a factor on the covariance.
    """

    states: Count = 1800
    """Training states in the ensemble."""
    radius_km: Some[Positive] = (1500.0, 3000.0)
    """Distance at which covariances have faded to zero; candidates, in km."""
    season_months: Some[Annotated[int, Field(ge=0, le=6)]] = (1,)
    """States at most so many calendar months away are used; candidates, in months."""
    inflation: Some[Positive] = (1.0, 1.5)
    """Factor on the covariance; candidates."""
    cases: Count = 12
    """Validation cases by which candidates are chosen."""


class BaselinesConfig(Section):
    """Candidates for the classical methods."""

    ensemble: EnsembleConfig = EnsembleConfig()
    oi: OIConfig = OIConfig()


class AutoencoderConfig(Section):
    """The autoencoder: `latent` channels, and β, the weight of the latent's prior.

    `likelihood` is that of its decoder: `censored` puts the probability beyond a bound on it.
    """

    latent: Count = 16
    """Channels of the latent."""
    width: Count = 16
    """Channels of the first layer."""
    multipliers: Some[Count] = (2, 3, 4)
    """Channels at each resolution, in units of `width`."""
    likelihood: Literal["censored", "gaussian"] = "censored"
    """Likelihood of the decoder; censored puts the probability beyond a bound on it."""
    beta: Positive = 1e-3
    """β, the weight of the latent's prior."""


class IceNetwork(NetworkConfig):
    """The denoiser, in the latent or in data space; at full resolution in either."""

    width: Count = 64
    multipliers: Some[Count] = (1, 2)
    patch: Count = 1
    embedding: Even = 128


class IceProcess(NoiseRange):
    """Noise levels: σ in [sigma_min, sigma_max]; `schedule` says which are trained how often.

    Adaptive: where there is most to learn; uniform: alike in log σ; lognormal: EDM's.
    `unconditional` is the share of samples whose month the network is not given, which makes
    `guidance` by the month possible.
    """

    schedule: Literal["adaptive", "uniform", "lognormal"] = "adaptive"
    """How often noise levels are trained: where there is most to learn, alike in log σ, or as in
    EDM.
    """
    sigma_min: Positive = 0.01
    """Least noise level σ, in training and sampling."""
    sigma_max: Positive = 80.0
    """Greatest noise level σ, in training and sampling."""
    unconditional: Share = 0.1
    """Share of samples whose month the network is not given."""


class AnalysisConfig(NetworkConfig):
    """The network that goes on from the ensemble OI's analysis.

    It is trained on `pairs` of states and observations: of each, between `ratio` and all of the
    cells are hidden.
    """

    width: Count = 24
    multipliers: Some[Count] = (1, 2, 2)
    patch: Count = 2
    pairs: Count = 480
    """Pairs of states and analyses to train on."""
    ratio: Share = 0.7
    """Least share of cells that is hidden."""


class IceModel(Section):
    """What is trained: an autoencoder, a denoiser, and a network for observations."""

    space: Literal["latent", "data"] = "latent"
    """Whether the denoiser works on latents of the autoencoder, or on states."""
    autoencoder: AutoencoderConfig = AutoencoderConfig()
    network: IceNetwork = IceNetwork()
    process: IceProcess = IceProcess()
    analysis: AnalysisConfig = AnalysisConfig()


class AutoencoderTraining(TrainingConfig):
    """Of the autoencoder."""

    steps: Count = 900
    batch: Count = 12
    learning_rate: Positive = 2e-3
    ema: Average = 0.99
    checkpoint_every: Count = 150
    validate_every: Count = 300


class AnalysisTraining(TrainingConfig):
    """Of the network for observations."""

    steps: Count = 400
    batch: Count = 8
    learning_rate: Positive = 1e-3
    ema: Average = 0.98
    checkpoint_every: Count = 100
    validate_every: Count = 200


class FeaturesTraining(TrainingConfig):
    """Of the autoencoder whose features the Fréchet distance compares."""

    steps: Count = 300
    batch: Count = 16
    learning_rate: Positive = 2e-3
    ema: Average = 0.98
    checkpoint_every: Count = 100
    validate_every: Count = 150


class IceTraining(TrainingConfig):
    """Of the denoiser; and of the autoencoder, the network for observations, and the autoencoder
    whose features the Fréchet distance compares.
    """

    steps: Count = 2500
    batch: Count = 64
    learning_rate: Positive = 2e-3
    ema: Average = 0.995
    checkpoint_every: Count = 500
    validate_every: Count = 500
    autoencoder: AutoencoderTraining = AutoencoderTraining()
    analysis: AnalysisTraining = AnalysisTraining()
    features: FeaturesTraining = FeaturesTraining()


class IceSampling(Section):
    """How states are drawn: steps of Heun's method, and how strongly the month guides (1: plainly).

    `bounds` keeps the denoised state within its bounds at each step, in data space. Drawn states
    have the seasonal mean of the validation years, and vary as they do in `patterns`; 0: as drawn.
    """

    steps: Count = 20
    """Steps of Heun's method."""
    guidance: NotNegative = 1.0
    """Weight of the month in guidance without a classifier; 1 is plain."""
    bounds: bool = True
    """Whether denoised states are kept within their bounds at each step, in data space."""
    patterns: Annotated[int, Field(ge=0, le=1000)] = 64
    """Patterns of the validation years by which drawn states vary; 0 leaves them as drawn."""
    members: Members = 16
    """Members of an answer; 64 at most."""


class IceEvaluate(EvaluateConfig):
    """Cases of the test years; and states that are generated for the distributions."""

    members: Several = 16
    cases: Count = 30
    """Test cases."""
    validation_cases: Count = 24
    """Validation cases."""
    states: Annotated[int, Field(ge=4, le=MAX_COUNT)] = 360
    """States that are generated for the distributions."""
    densities: Once[Share] = (0.05, 0.3)
    """Shares of cells that are observed."""


class IceSection(SystemSection):
    """Multivariate sea ice."""

    in_common = ("sampling.patterns", "training.features")
    stated = (
        "baselines.ensemble.inflation",
        "model.autoencoder.latent",
        "model.autoencoder.multipliers",
        "model.network.width",
        "model.network.multipliers",
        "model.analysis.pairs",
        "training.steps",
        "training.batch",
        "training.optimizer",
        "training.learning_rate",
        "training.checkpoint_every",
        "training.autoencoder.steps",
        "training.autoencoder.batch",
        "training.autoencoder.optimizer",
        "training.autoencoder.learning_rate",
        "training.features.steps",
        "training.features.batch",
    )

    data: IceData = IceData()
    baselines: BaselinesConfig = BaselinesConfig()
    model: IceModel = IceModel()
    training: IceTraining = IceTraining()
    sampling: IceSampling = IceSampling()
    evaluate: IceEvaluate = IceEvaluate()

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> "IceSection":
        if wished(info) and self.sampling.guidance != 1 and not self.model.process.unconditional:
            raise ValueError(
                "sampling.guidance weighs the month against no month, which is never trained: "
                "give model.process.unconditional above 0, or guidance 1"
            )
        return self


def settings(config: Config) -> IceSection:
    """This system's section."""
    section = config.section("seaice")
    assert isinstance(section, IceSection)
    return section


SECTION = IceSection
