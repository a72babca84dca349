"""`thermocline models export` and `thermocline models import`."""

import typer


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
