"""What commands on the registry have in common: a client, and the name of a system's model."""

from typing import Annotated, Any

import typer

from thermocline.errors import ThermoclineError

SystemOption = Annotated[str, typer.Option("--system", help="The system.")]
REFERENCE = "models:/NAME@ALIAS, models:/NAME/3, an alias such as champion, or a number."


def registered_name(system: str) -> str:
    """The registered model of a system."""
    return f"thermocline-{system}"


def registry_client() -> Any:
    """A client of the registry there is.

    Raises:
        ThermoclineError: if there is none yet; asking would make one.
    """
    from thermocline.predict.champion import has_registry

    if not has_registry():
        raise ThermoclineError(
            "no registry yet", where="MLflow", fix="`dvc repro` trains and registers a model"
        )
    from thermocline.registry.tracking import connect

    return connect()
