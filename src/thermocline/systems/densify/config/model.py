"""The networks, and what they learn."""

from typing import Annotated, Literal

from pydantic import Field

from thermocline.config import NetworkConfig, ProcessConfig
from thermocline.config.types import Count, Even, NotNegative, Section, Share, Some


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
    mirrored: bool = False
    """Whether states are also learned and answered as their mirror images from south to north with
    the other sign, which are as likely (`model/mirror.py`).
    """

    @property
    def sides(self) -> int:
        """Evaluations of the network that the mean of an answer takes."""
        return 1 + self.mirrored
