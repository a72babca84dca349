"""`thermocline models compare A B` and `thermocline models card`."""

import typer


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
