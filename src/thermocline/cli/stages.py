"""`thermocline stages`: the pipeline's stages for a system of another package."""

from typing import Annotated

import typer


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(stages)


def stages(
    system: Annotated[str, typer.Argument(help="As its entry point calls it.")],
) -> None:
    """Make pipelines/SYSTEM.stages/dvc.yaml, for a system in a package of its own.

    After that `dvc repro` runs its stages beside the others. Make it again when the system imports
    more than before: a stage says so.
    """
    from thermocline import systems
    from thermocline.pipeline.outside import write_stages

    path = write_stages(systems.get(system).name)
    print(f"{path}: its stages. `dvc repro` runs them with all others, and")
    print(f"`dvc repro {path}:train@{system}` up to one.")
