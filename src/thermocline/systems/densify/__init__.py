"""The `densify` system: temperature and salinity at depth, from profiles and surface fields."""

from thermocline.systems.folder import FolderSystem

SYSTEM = FolderSystem(
    "densify",
    "Subsurface temperature and salinity from sparse profiles and surface fields",
    run_name=(
        "{own.model.process.schedule}",
        "from {own.model.start}",
        "{own.model.space}",
        "{own.model.shown.ratio}",
        "width {own.model.network.width}",
    ),
)
