"""The `densify` section of params.yaml."""

from pydantic import ValidationInfo, model_validator

from thermocline.config import Config, SystemSection
from thermocline.config.types import wished
from thermocline.systems.densify.config.answers import DensifyEvaluate, WaterSampling
from thermocline.systems.densify.config.baselines import BaselinesConfig
from thermocline.systems.densify.config.data import DensifyData
from thermocline.systems.densify.config.model import WaterModel
from thermocline.systems.densify.config.training import WaterTraining


class DensifySection(SystemSection):
    """Subsurface temperature and salinity from profiles and surface fields."""

    in_common = ("model.start",)
    stated = (
        "baselines.linear.ridge",
        "baselines.linear.radius_km",
        "baselines.linear.inflation",
        "model.mirrored",
        "training.steps",
        "training.optimizer",
        "training.learning_rate",
        "training.mean_fraction",
        "training.denoising_weight",
        "training.precision",
        "training.checkpoint_every",
        "training.validate_every",
        "sampling.sigma_start",
        "sampling.steps",
        "sampling.members",
        "evaluate.members",
        "evaluate.cases",
        "evaluate.validation_cases",
    )

    data: DensifyData = DensifyData()
    baselines: BaselinesConfig = BaselinesConfig()
    model: WaterModel = WaterModel()
    training: WaterTraining = WaterTraining()
    sampling: WaterSampling = WaterSampling()
    evaluate: DensifyEvaluate = DensifyEvaluate()

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> "DensifySection":
        if self.model.start == "climatology" and self.sampling.start == "draws":
            raise ValueError("the climatology has no draws: give sampling.start noise, and steps")
        if self.training.objective == "ambient" and self.model.start == "analysis":
            raise ValueError(
                "an analysis has seen the columns that training.objective ambient hides: "
                "give model.start profiles or climatology"
            )
        if self.training.objective == "ambient" and self.model.start == "profiles":
            alone = self.training.mean_fraction == 1 and self.sampling.steps == 0
            if not alone or self.sampling.start == "noise":
                raise ValueError(
                    "with OI of profiles, training.objective ambient teaches the mean alone: "
                    "give training.mean_fraction 1, sampling.start draws and sampling.steps 0"
                )
        if wished(info) and self.training.mean_fraction == 1 and self.sampling.steps:
            raise ValueError(
                "with training.mean_fraction 1 no noise is learned, and none can be taken away: "
                "give a share below 1, or sampling.steps 0"
            )
        if self.sampling.start == "noise" and not self.sampling.steps:
            raise ValueError("noise is no member without steps: give sampling.steps above 0")
        cells = self.model.network.cells
        for name, side in (
            ("data.patch", self.data.patch),
            ("training.crop", min(self.training.crop, self.data.patch)),
            ("sampling.tile", self.sampling.tile),
        ):
            if side % cells:
                raise ValueError(f"{name} {side} is no multiple of the network's {cells} cells")
        if self.model.space == "latent" and self.training.objective == "ambient":
            raise ValueError(
                "an autoencoder of columns learns from whole ones: "
                "training.objective ambient needs model.space pixel"
            )
        if self.model.space == "latent" and self.sampling.overwrite:
            raise ValueError(
                "observed cells are no cells of a latent: "
                "sampling.overwrite needs model.space pixel"
            )
        return self


def settings(config: Config) -> DensifySection:
    """This system's section."""
    section = config.section("densify")
    assert isinstance(section, DensifySection)
    return section


SECTION = DensifySection
