"""The `reconstruct` system: multi-layer temperature from sparse observations."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermocline.prepare.store import Store
    from thermocline.systems.reconstruct.config import ReconstructSection
    from thermocline.systems.reconstruct.method import Reconstructor


class ReconstructSystem:
    """See `thermocline.systems.protocol.System`."""

    name = "reconstruct"
    title = "Multi-layer temperature from sparse observations"

    @property
    def Config(self) -> "type[ReconstructSection]":
        """The section of params.yaml."""
        from thermocline.systems.reconstruct.config import ReconstructSection

        return ReconstructSection

    def load(self, folder: str | Path) -> "Reconstructor":
        """The model in a folder; raises BadFile if it is not whole."""
        from thermocline.systems.reconstruct.method import Reconstructor

        return Reconstructor.load(folder)

    def open_store(self, path: str | Path) -> "Store":
        """Prepared data; raises BadFile if the file is something else."""
        from thermocline.prepare.store import Store

        return Store.open(path)


SYSTEM = ReconstructSystem()
