"""The `superres` system: sea-surface temperature, several times finer."""

from thermocline.systems.folder import FolderSystem

SYSTEM = FolderSystem(
    "superres",
    "Sea-surface temperature, several times finer",
    run_name=(
        "{own.model.first_guess}",
        "kappa {own.model.process.kappa:.2f}",
        "width {own.model.network.width}",
    ),
)
