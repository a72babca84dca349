"""Folders and files of a system's stages."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from thermocline.config import Config
from thermocline.files import atomic_path

BUILD = Path("build")
"""Where the pipeline leaves all that it makes, seen from the project's folder."""
TUNING, REGISTRY = BUILD / "tuning", BUILD / "registry"
"""Results of studies and of registrations, a file each system."""
PACKAGED_MODELS, PACKAGED = BUILD / "package" / "models", BUILD / "package" / "bento.json"
"""The champions' folders as they go into the Bento, and what the Bento was made of."""
BENTOML_HOME = BUILD / "bentoml"
"""BentoML's store, unless the variable of that name says another."""


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
        return self.root / BUILD / room / self.system


def pairs_file(store: Path, split: str, identity: str, make: Callable[[Path], None]) -> Path:
    """The file of a split's training pairs, kept beside the prepared data `store`.

    It is made if there is none of this identity; those of earlier data, settings or code are
    removed then. Processes that make it at once make the same.

    Args:
        split: such as `train`.
        identity: all that the pairs depend on, in words.
        make: writes them into the file that it is given.
    """
    folder = store.with_suffix(".pairs")
    path = folder / f"{split}-{sha256(identity.encode()).hexdigest()[:16]}.safetensors"
    if not path.is_file():
        for stale in folder.glob(f"{split}-*.safetensors"):
            stale.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            make(temporary)
    return path
