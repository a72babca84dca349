"""How the networks are trained."""

from typing import Annotated, Literal

from pydantic import Field

from thermocline.config import TrainingConfig
from thermocline.config.training import MeanTraining
from thermocline.config.types import Average, Count, Positive, Section, Share


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
    denoising_weight: Positive = 1.0
    """Weight w of the loss of noisy states, against that of the mean."""
    checkpoint_every: Count = 200
    validate_every: Count = 200
    autoencoder: CoderTraining = CoderTraining()
