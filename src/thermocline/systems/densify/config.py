"""The `densify` section of params.yaml."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from thermocline.config import (
    Config,
    EvaluateConfig,
    NetworkConfig,
    ProcessConfig,
    SystemSection,
    TrainingConfig,
)
from thermocline.config.model import MeanTraining, NoiseRange
from thermocline.config.types import (
    Average,
    Count,
    Even,
    Fraction,
    Members,
    Natural,
    NotNegative,
    Once,
    Positive,
    Section,
    Several,
    Share,
    Some,
)

REGIONS = {
    "gulf_stream": (30.0, -76.0),
    "kuroshio": (28.0, 138.0),
    "agulhas": (-44.0, 18.0),
}


class ArchiveConfig(Section):
    """The training archive, which the prepare stage simulates in every region.

    Weekly states of each of `members` from `first` on. States of another split that lie less than
    `gap` weeks from a training state of their run are left out: they would resemble it.
    """

    members: tuple[str, ...] = ("r1", "r2", "r3")
    first: date = date(2003, 1, 1)
    weeks: Natural = 136
    gap: Natural = 8

    @field_validator("first", mode="before")
    @classmethod
    def _is_a_date(cls, first: Any) -> Any:
        if isinstance(first, date) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(first)):
            return first
        raise ValueError('give a date in quotes, such as "2003-01-01"')


class ProfileErrors(Section):
    """Standard deviation of a profile's error: √(instrument² + (representativeness × std)²).

    `thetao` (°C) and `so` are the instruments'; std is that of the level.
    """

    thetao: Positive = 0.02
    so: Positive = 0.005
    representativeness: Share = 0.1


class DensifyData(Section):
    """Raw files in one or several folders below `data.raw`, and the regions cut out of them.

    A region is given by its south-western corner, latitude and longitude, and `size`, in degrees.
    It is cut into patches of `patch` × `patch` cells that share at least `overlap`; those with a
    share of land above `land` are left out. Members named in `variants` are scored beside those of
    `data.test`: each as a protocol of its name.

    Water is brought to cells of `step` degrees and to the levels `depth` (m); without them its own
    cells and levels are kept. Surface fields are brought to the cells of the water.
    """

    folder: Path | tuple[Path, ...] = Path("eddies")
    regions: Annotated[dict[str, tuple[float, float]], Field(min_length=1)] = REGIONS
    size: Positive = 12.8
    step: Positive | None = None
    depth: tuple[Positive, ...] = ()
    patch: Count = 64
    overlap: Natural = 48
    land: Share = 0.3
    variants: tuple[str, ...] = ("shifted",)
    archive: ArchiveConfig = ArchiveConfig()
    errors: ProfileErrors = ProfileErrors()

    @model_validator(mode="after")
    def _whole(self) -> "DensifyData":
        if self.step and abs(self.size / self.step - round(self.size / self.step)) > 1e-6:
            raise ValueError(f"size {self.size:g} is no multiple of step {self.step:g}")
        for name, (_, west) in self.regions.items():
            if not -180 <= west <= 180 - self.size:
                raise ValueError(
                    f"regions: {name} from {west:g} to {west + self.size:g}°E leaves -180 to 180"
                )
        if list(self.depth) != sorted(set(self.depth)):
            raise ValueError("depth: levels have to increase, each once")
        if self.archive.weeks and (self.step or self.depth):
            raise ValueError(
                "the simulated archive has cells and levels of its own: "
                "with step or depth give archive.weeks 0"
            )
        return self


class LinearConfig(Section):
    """Candidates for regression on surface fields and OI of its residuals.

    Joint modes of temperature and salinity explain the share `explained` of variance. `ridge` is a
    share of the predictors' variance; covariances are tapered to zero at `radius_km`; `inflation`
    is a factor on the covariance of the residuals.
    """

    explained: Fraction = 0.995
    ridge: Some[Positive] = (1e-6, 1e-5, 1e-4)
    radius_km: Some[Positive] = (400.0, 600.0)
    inflation: Some[Positive] = (0.8, 1.0, 1.3)


class EnsembleConfig(Section):
    """Candidates for the localised ensemble OI of `states` training states of a region.

    Of surface fields every `thinning`-th row and column is used.
    """

    states: Count = 200
    radius_km: Some[Positive] = (400.0, 560.0)
    inflation: Some[Positive] = (1.0, 1.3, 1.6)
    thinning: Count = 3


class ProfileConfig(Section):
    """Candidates for methods that use profiles only."""

    length_km: Some[Positive] = (20.0, 30.0, 45.0, 70.0)
    power: Some[Positive] = (3.0, 4.0, 6.0)


class BaselinesConfig(Section):
    """Candidates for the classical methods, and how many validation states of a region choose."""

    linear: LinearConfig = LinearConfig()
    ensemble: EnsembleConfig = EnsembleConfig()
    profiles: ProfileConfig = ProfileConfig()
    cases: Count = 1


class WaterNetwork(NetworkConfig):
    """The denoiser: a UNet at full resolution, of residual or of ConvNeXt blocks.

    `position` is how the place is given to it: as a point on the unit sphere, as sines and cosines
    of latitude and longitude, or as latitude and longitude in units of 90 and 180 degrees (raw).
    """

    kind: Literal["residual", "convnext"] = "residual"
    width: Count = 32
    multipliers: Some[Count] = (1, 2, 2)
    patch: Count = 1
    embedding: Even = 64
    position: Literal["unit_sphere", "sincos", "raw"] = "unit_sphere"


class LatentConfig(Section):
    """The autoencoder of columns: `latent` numbers of a column, hidden layers of `width`."""

    latent: Count = 12
    width: Count = 64


DENSEST = 0.05
"""Largest share of columns that is observed of a training state."""


class ShownConfig(Section):
    """What is observed of a training state.

    At least the share `ratio` of the columns is hidden; one state in eight has no observed column.
    A share `tracks` of the states is observed along tracks. Each surface field is withheld from a
    share `withheld` of the states, and all of them from the same share. To a share `shifted` of the
    states profiles of about `offset` standard deviations are added, as if the climate were another.
    """

    ratio: Annotated[float, Field(ge=1 - DENSEST, le=1)] = 0.95
    tracks: Share = 0.25
    withheld: Share = 0.1
    shifted: Share = 0.3
    offset: NotNegative = 0.5
    layouts: Count = 1


class WaterModel(Section):
    """The diffusion model of the error of its first guess, `start`.

    The first guess is the analysis of the best classical method, OI of the profiles alone
    (`profiles`, which is kept in observed columns), or the climatology. Its error is denoised as it
    is, in the space `pixel`, or as an autoencoder's code of its columns (`latent`).
    """

    start: Literal["analysis", "profiles", "climatology"] = "analysis"
    space: Literal["pixel", "latent"] = "pixel"
    autoencoder: LatentConfig = LatentConfig()
    network: WaterNetwork = WaterNetwork()
    process: ProcessConfig = ProcessConfig()
    shown: ShownConfig = ShownConfig()


class AmbientConfig(Section):
    """A share `drop` of the observed columns is hidden; at least `keep` of a state are not."""

    drop: Annotated[float, Field(gt=0, lt=1)] = 0.25
    keep: Count = 50


class CoderTraining(TrainingConfig):
    """Of the autoencoder."""

    steps: Count = 300
    batch: Count = 16
    learning_rate: Positive = 2e-3
    ema: Average = 0.98
    checkpoint_every: Count = 100
    validate_every: Count = 150


class WaterTraining(MeanTraining):
    """Optimisation.

    A step sees a square of `crop` × `crop` cells of each state. Errors count `coast` times beside
    land, and less with distance from it, up to five cells. The objective `ambient` learns from
    observed columns only (`model/ambient.py`), without `coast`. In latent space the autoencoder is
    trained first.
    """

    objective: Literal["dense", "ambient"] = "dense"
    ambient: AmbientConfig = AmbientConfig()
    coast: Annotated[float, Field(ge=1)] = 1.0
    steps: Count = 1200
    batch: Count = 32
    crop: Count = 32
    learning_rate: Positive = 8e-4
    ema: Average = 0.99
    mean_fraction: Share = 0.75
    checkpoint_every: Count = 200
    validate_every: Count = 200
    autoencoder: CoderTraining = CoderTraining()


class WaterSampling(NoiseRange):
    """How members are drawn.

    From noise; or from draws of the first guess's method, to which the network gives its own mean
    and spread, and noise of `sigma_start` that is denoised again. With no steps these draws are the
    members. With `overwrite` each denoised estimate takes the values of observed cells, as if they
    had no error. With `trust` the weight of the network's correction is estimated from a request's
    own columns. Regions larger than `tile` cells on a side are denoised in squares of that size.
    """

    start: Literal["noise", "draws"] = "draws"
    sigma_start: Positive = 0.3
    overwrite: bool = False
    trust: bool = True
    tile: Count = 64
    sampler: Literal["heun", "euler", "ddim", "ddpm", "dpm_solver"] = "dpm_solver"
    steps: Natural = 2
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Members = 16


class DensifyEvaluate(EvaluateConfig):
    """States of each region that are scored, and shares of columns that are observed."""

    members: Several = 16
    cases: Count = 16
    validation_cases: Count = 6
    densities: Once[Share] = (0.0, 0.005, 0.025, 0.05)


class DensifySection(SystemSection):
    """Subsurface temperature and salinity from profiles and surface fields."""

    in_common = ("model.start",)

    data: DensifyData = DensifyData()
    baselines: BaselinesConfig = BaselinesConfig()
    model: WaterModel = WaterModel()
    training: WaterTraining = WaterTraining()
    sampling: WaterSampling = WaterSampling()
    evaluate: DensifyEvaluate = DensifyEvaluate()

    @model_validator(mode="after")
    def _fits(self) -> "DensifySection":
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
        if self.training.mean_fraction == 1 and self.sampling.steps:
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
