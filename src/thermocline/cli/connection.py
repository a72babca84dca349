"""What commands on the registry have in common: a client, and the name of a system's model."""

from typing import Annotated, Any, Optional

import typer

SystemOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--system", help="The system that a bare alias or number is of."),
]
REFERENCE = "models:/NAME@ALIAS, models:/NAME/3, an alias such as champion, or a number."


def registered_name(system: str | None) -> str:
    """The registered model of a system; if None, of the only one that has any.

    Raises:
        BadConfig: if there is no such system.
        BadFile: if several could be meant.
    """
    from thermocline.predict.identity import registered_name
    from thermocline.predict.tracking import the_system

    return registered_name(the_system(system, None if system else reading_client()))


def default_name(system: str | None) -> str | None:
    """The registered model that a bare alias or number is of; None for the only one there is."""
    return registered_name(system) if system else None


def reading_client() -> Any:
    """A client for commands that only read: quick where the registry is a file on this machine.

    Raises:
        ThermoclineError: if there is no registry yet.
    """
    from thermocline.predict.tracking import tracking_uri
    from thermocline.registry.store.reader import open_reader

    return open_reader(tracking_uri()) or registry_client()


def registry_client() -> Any:
    """MLflow's client of the registry there is.

    Raises:
        ThermoclineError: if there is none yet; asking would make one.
    """
    from thermocline.registry.store.connection import connect_existing

    return connect_existing()
