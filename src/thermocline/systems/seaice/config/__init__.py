"""The `seaice` section of params.yaml."""

from pydantic import ValidationInfo, model_validator

from thermocline.config import Config, SystemSection
from thermocline.config.types import wished
from thermocline.systems.seaice.config.answers import IceEvaluate, IceSampling
from thermocline.systems.seaice.config.baselines import BaselinesConfig
from thermocline.systems.seaice.config.data import IceData
from thermocline.systems.seaice.config.model import IceModel
from thermocline.systems.seaice.config.training import IceTraining


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
