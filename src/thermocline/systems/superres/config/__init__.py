"""The `superres` section of params.yaml."""

from pydantic import model_validator

from thermocline.config import Config, SstConfig, SystemSection
from thermocline.systems.superres.config.answers import SuperresSampling
from thermocline.systems.superres.config.baselines import BaselinesConfig
from thermocline.systems.superres.config.model import ModelConfig
from thermocline.systems.superres.config.training import SuperresTraining


class SuperresConfig(ModelConfig):
    """A model with how it is trained and sampled, as its contract keeps it."""

    training: SuperresTraining = SuperresTraining()
    sampling: SuperresSampling = SuperresSampling()

    @model_validator(mode="after")
    def _has_symmetries(self) -> "SuperresConfig":
        trained = self.training.negate and self.training.mean_fraction
        if self.sampling.symmetric and not (trained and self.process.predicts == "residual"):
            raise ValueError(
                "a symmetric mean needs the learned mean of a residual, of both signs: "
                "set predicts: residual, mean_fraction above 0 and negate, or leave symmetric out"
            )
        return self


class SuperresSection(SystemSection):
    """Sea-surface temperature, several times finer."""

    in_common = ("model.first_guess",)
    stated = (
        "baselines.oi.lags",
        "baselines.oi.reaches",
        "baselines.oi.freedoms",
        "baselines.regression.ridges",
        "model.first_guess",
        "model.process.uncertainty",
        "training.steps",
        "training.optimizer",
        "training.learning_rate",
        "training.ema",
        "training.checkpoint_every",
        "training.validate_every",
        "training.mean_fraction",
        "training.crop",
        "sampling.steps",
        "sampling.symmetric",
        "sampling.intermittency",
    )

    data: SstConfig = SstConfig()
    baselines: BaselinesConfig = BaselinesConfig()
    model: ModelConfig = ModelConfig()
    training: SuperresTraining = SuperresTraining()
    sampling: SuperresSampling = SuperresSampling()

    @property
    def trained(self) -> SuperresConfig:
        """Model, training and sampling, as a contract keeps them."""
        parts = {name: getattr(self.model, name) for name in ModelConfig.model_fields}
        return SuperresConfig(**parts, training=self.training, sampling=self.sampling)

    @model_validator(mode="after")
    def _consistent(self) -> "SuperresSection":
        _ = self.trained  # which checks what its parts say of each other
        if self.training.mean_fraction == 1:
            raise ValueError(
                "with training.mean_fraction 1 no noise is learned, and answers would have no "
                "spread: give a share below 1"
            )
        if self.model.adversarial.weight and self.training.accumulate > 1:
            raise ValueError(
                "a network and its adversary are balanced over a whole batch: "
                "set training.accumulate: 1, or model.adversarial.weight: 0"
            )
        if self.model.process.predicts == "field" and self.training.negate:
            raise ValueError(
                "predicts: field sees no change of sign, and would learn its first guess alone: "
                "set training.negate: false, or model.process.predicts: residual"
            )
        return self


def settings(config: Config) -> SuperresSection:
    """This system's section."""
    section = config.section("superres")
    assert isinstance(section, SuperresSection)
    return section


SECTION = SuperresSection
