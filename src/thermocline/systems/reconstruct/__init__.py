"""The `reconstruct` system: multi-layer temperature from sparse observations."""

from pathlib import Path
from typing import TYPE_CHECKING

from thermocline.systems.folder import FolderSystem

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.evaluation.difference_maps import DifferenceMaps
    from thermocline.systems.reconstruct.model.method import Reconstructor


class ReconstructSystem(FolderSystem):
    """With maps of where two models differ."""

    def difference_maps(
        self,
        folder: Path,
        ours: "Reconstructor",
        theirs: "Reconstructor",
        names: tuple[str, str],
        file: Path | None,
        date: str | None,
        members: int | None,
    ) -> "DifferenceMaps":
        """Maps of where two models answer a file's observations otherwise, or a held-out month's.

        An optional part of a system: `thermocline models compare --maps`.
        """
        from thermocline.systems.config import load_config
        from thermocline.systems.reconstruct.evaluation.difference_maps import (
            asked_of_a_file,
            difference_maps,
            example,
        )

        question = asked_of_a_file(file, date, ours) if file else example(load_config())
        return difference_maps(folder, ours, theirs, names, question, members=members)


SYSTEM = ReconstructSystem(
    "reconstruct",
    "Multi-layer temperature from sparse observations",
    run_name=(
        "{own.model.process.schedule}",
        "{own.model.masking.ratio:.2f}",
        "width {own.model.network.width}",
    ),
)
