"""What the system reads, as params.yaml says it."""

from pathlib import Path

from thermocline.config.types import Positive, Section, Share


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
