"""Where the stages of a system leave what they make."""

from dataclasses import dataclass
from pathlib import Path

from thermocline.config import Config


@dataclass(frozen=True)
class StagePaths:
    """The folders of one system's stages.

    Attributes:
        system: its name.
        config: says where prepared data lie.
        root: the project's folder.
    """

    system: str
    config: Config
    root: Path = Path()

    @property
    def store(self) -> Path:
        """The prepared data, a file."""
        return self.root / self.config.data.prepared / f"{self.system}.nc"

    @property
    def baselines(self) -> Path:
        """The tuned classical methods."""
        return self._place("baselines")

    @property
    def checkpoints(self) -> Path:
        """Trainings that were begun, each in a folder named by its key."""
        return self._place("checkpoints")

    @property
    def training(self) -> Path:
        """Weights, and how they came to be."""
        return self._place("training")

    @property
    def model(self) -> Path:
        """What is registered and served."""
        return self._place("models")

    @property
    def report(self) -> Path:
        """Scoreboard and figures."""
        return self._place("reports")

    def _place(self, room: str) -> Path:
        return self.root / "build" / room / self.system
