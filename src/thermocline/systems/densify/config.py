"""The `densify` section of params.yaml."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

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
    wished,
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
    """Members of the simulation."""
    first: date = date(2003, 1, 1)
    """Date of its first state."""
    weeks: Natural = 136
    """Weekly states of each member; 0 for an archive of your own."""
    gap: Natural = 8
    """Least distance of a held-back state from the training states of its run, in weeks."""

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
    """Standard deviation of the error of a thermometer, in °C."""
    so: Positive = 0.005
    """Standard deviation of the error of a salinity, in PSU."""
    representativeness: Share = 0.1
    """Standard deviation of the error of representativeness, in units of that of the level."""


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
    """One folder or several below data.raw."""
    regions: Annotated[dict[str, tuple[float, float]], Field(min_length=1)] = REGIONS
    """South-western corner of each region: latitude and longitude, in degrees."""
    size: Positive = 12.8
    """Side of a region, in degrees."""
    step: Positive | None = None
    """Side of a cell to which water is brought, in degrees; null keeps its own."""
    depth: tuple[Positive, ...] = ()
    """Levels to which water is brought, in metres; without, its own."""
    patch: Count = 64
    """Cells on each side of a patch."""
    overlap: Natural = 48
    """Cells that neighbouring patches share at least."""
    land: Share = 0.3
    """Largest share of land of a patch."""
    variants: tuple[str, ...] = ("shifted",)
    """Members that are scored beside those of data.test."""
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
    """Share of variance that the joint modes of temperature and salinity explain."""
    ridge: Some[Positive] = (1e-6, 1e-5, 1e-4)
    """Ridge, as a share of the predictors' variance; candidates."""
    radius_km: Some[Positive] = (400.0, 600.0)
    """Distance at which covariances have faded to zero; candidates, in km."""
    inflation: Some[Positive] = (0.8, 1.0, 1.3)
    """Factor on the covariance of the residuals; candidates."""


class EnsembleConfig(Section):
    """Candidates for the localised ensemble OI of `states` training states of a region.

    Of surface fields every `thinning`-th row and column is used.
    """

    states: Count = 200
    """Training states of a region in the ensemble."""
    radius_km: Some[Positive] = (400.0, 560.0)
    """Distance at which covariances have faded to zero; candidates, in km."""
    inflation: Some[Positive] = (1.0, 1.3, 1.6)
    """Factor on the covariance; candidates."""
    thinning: Count = 3
    """Every so many rows and columns of surface fields are used."""


class ProfileConfig(Section):
    """Candidates for methods that use profiles only."""

    length_km: Some[Positive] = (20.0, 30.0, 45.0, 70.0)
    """Correlation length; candidates, in km."""
    power: Some[Positive] = (3.0, 4.0, 6.0)
    """Power of inverse-distance weights; candidates."""


class BaselinesConfig(Section):
    """Candidates for the classical methods, and how many validation states of a region choose."""

    linear: LinearConfig = LinearConfig()
    ensemble: EnsembleConfig = EnsembleConfig()
    profiles: ProfileConfig = ProfileConfig()
    cases: Count = 1
    """Validation states of a region by which candidates are chosen."""


class WaterNetwork(NetworkConfig):
    """The denoiser: a UNet at full resolution, of residual or of ConvNeXt blocks.

    `position` is how the place is given to it: as a point on the unit sphere, as sines and cosines
    of latitude and longitude, or as latitude and longitude in units of 90 and 180 degrees (raw).
    """

    kind: Literal["residual", "convnext"] = "residual"
    """Kind of the blocks."""
    width: Count = 32
    multipliers: Some[Count] = (1, 2, 2)
    patch: Count = 1
    embedding: Even = 64
    position: Literal["unit_sphere", "sincos", "raw"] = "unit_sphere"
    """How the place is given: as a point on the unit sphere, as sines and cosines, or as degrees.
    """


class LatentConfig(Section):
    """The autoencoder of columns: `latent` numbers of a column, hidden layers of `width`."""

    latent: Count = 12
    """Numbers of a column's code."""
    width: Count = 64
    """Width of the hidden layers."""


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
    """Least share of columns that is hidden."""
    tracks: Share = 0.25
    """Share of states that are observed along tracks."""
    withheld: Share = 0.1
    """Share of states from which each surface field is withheld; and share from which all are."""
    shifted: Share = 0.3
    """Share of states that are moved as if the climate were another one."""
    offset: NotNegative = 0.5
    """Size of that shift, in standard deviations."""
    layouts: Count = 1
    """Layouts of observations that each state is analysed with."""


class WaterModel(Section):
    """The diffusion model of the error of its first guess, `start`.

    The first guess is the analysis of the best classical method, OI of the profiles alone
    (`profiles`, which is kept in observed columns), or the climatology. Its error is denoised as it
    is, in the space `pixel`, or as an autoencoder's code of its columns (`latent`).
    """

    start: Literal["analysis", "profiles", "climatology"] = "analysis"
    """First guess: the analysis of the best classical method, OI of profiles alone, or the
    climatology.
    """
    space: Literal["pixel", "latent"] = "pixel"
    """Whether its error is denoised as it is, or as the code of an autoencoder."""
    autoencoder: LatentConfig = LatentConfig()
    network: WaterNetwork = WaterNetwork()
    process: ProcessConfig = ProcessConfig()
    shown: ShownConfig = ShownConfig()


class AmbientConfig(Section):
    """A share `drop` of the observed columns is hidden; at least `keep` of a state are not."""

    drop: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """Share of the observed columns that is hidden."""
    keep: Count = 50
    """Observed columns of a state that are shown at least."""


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
    """dense learns from whole states, ambient from observed columns alone."""
    ambient: AmbientConfig = AmbientConfig()
    coast: Annotated[float, Field(ge=1)] = 1.0
    """Weight of errors beside land, which falls to 1 five cells from it."""
    steps: Count = 1200
    batch: Count = 32
    crop: Count = 32
    """Cells on each side of the square of a state that a step sees."""
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
    """Whether members start from noise, or from the first guess's draws."""
    sigma_start: Positive = 0.3
    """Noise level σ/α that is added to these draws."""
    overwrite: bool = False
    """Whether observed cells keep their observed values at each step."""
    trust: bool = True
    """Whether the weight of the network's correction is estimated from a request's columns."""
    tile: Count = 64
    """Cells on each side beyond which a region is denoised in squares."""
    sampler: Literal["heun", "euler", "ddim", "ddpm", "dpm_solver"] = "dpm_solver"
    """Solver of the reverse process."""
    steps: Natural = 2
    """Steps of a member; 0 leaves the draws as they are."""
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Members = 16
    """Members of an answer; 64 at most."""


class DensifyEvaluate(EvaluateConfig):
    """States of each region that are scored, and shares of columns that are observed."""

    members: Several = 16
    cases: Count = 16
    """Test states of each region."""
    validation_cases: Count = 6
    """Validation states of each region."""
    densities: Once[Share] = (0.0, 0.005, 0.025, 0.05)
    """Shares of columns that are observed."""


class DensifySection(SystemSection):
    """Subsurface temperature and salinity from profiles and surface fields."""

    in_common = ("model.start",)
    stated = (
        "baselines.linear.ridge",
        "baselines.linear.radius_km",
        "baselines.linear.inflation",
        "training.steps",
        "training.optimizer",
        "training.learning_rate",
        "training.precision",
        "training.checkpoint_every",
        "training.validate_every",
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
