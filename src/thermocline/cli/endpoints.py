"""`thermocline <route>`: a command for every endpoint of every system, made from its request."""

from collections.abc import Callable
from inspect import Signature
from typing import Any

import typer
from typer.core import TyperGroup

from thermocline import systems
from thermocline.cli import asking
from thermocline.cli.parameters import parameters_of
from thermocline.systems.endpoint import Endpoint


class Commands(TyperGroup):
    """Knows the endpoints' commands by name and summary, and makes one when it is called.

    Making them all for `--help` would import every request, which takes half a second.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """The command that is called, with its own options."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, _full(name) or found, rest


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add name and summary of every endpoint to an app of the class `Commands`."""
    for _, endpoint in systems.endpoints():
        app.command(endpoint.route, help=endpoint.summary)(lambda: None)


def _full(name: str | None) -> Any:
    """The endpoint's command with its options; None for other commands."""
    for system, endpoint in systems.endpoints():
        if endpoint.route == name:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(endpoint.route, help=endpoint.summary)(command(system, endpoint))
            return typer.main.get_command(alone)
    return None


def command(system: str, endpoint: Endpoint) -> Callable[..., None]:
    """A function whose parameters are those of the command, as typer reads them."""

    def ask(**values: Any) -> None:
        asking.ask(system, endpoint, **values)

    parameters = parameters_of(endpoint)
    ask.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    ask.__annotations__ = {one.name: one.annotation for one in parameters}
    return ask
