"""The `superres` system: sea-surface temperature, several times finer."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermocline.prepare.sst_store import SstStore
    from thermocline.systems.superres.config import SuperresSection
    from thermocline.systems.superres.method import Superresolver


class SuperresSystem:
    """See `thermocline.systems.protocol.System`."""

    name = "superres"
    title = "Sea-surface temperature, several times finer"

    @property
    def Config(self) -> "type[SuperresSection]":
        """The section of params.yaml."""
        from thermocline.systems.superres.config import SuperresSection

        return SuperresSection

    def load(self, folder: str | Path) -> "Superresolver":
        """The model in a folder; raises BadFile if it is not whole."""
        from thermocline.systems.superres.method import Superresolver

        return Superresolver.load(folder)

    def open_store(self, path: str | Path) -> "SstStore":
        """Prepared data; raises BadFile if the file is something else."""
        from thermocline.prepare.sst_store import SstStore

        return SstStore.open(path)


SYSTEM = SuperresSystem()
