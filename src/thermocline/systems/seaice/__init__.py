"""The `seaice` system: multivariate states of Arctic sea ice, generated and reconstructed."""

from thermocline.systems.folder import FolderSystem

SYSTEM = FolderSystem(
    "seaice",
    "Sea-ice states that obey physics, generated and from sparse observations",
    run_name=(
        "{own.model.space}",
        "{own.model.autoencoder.likelihood}",
        "beta {own.model.autoencoder.beta:g}",
        "width {own.model.network.width}",
    ),
)
