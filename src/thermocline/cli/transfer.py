"""`thermocline models export` and `thermocline models import`."""

from pathlib import Path
from typing import Annotated

import typer

from thermocline.cli.connection import REFERENCE, SystemOption, default_name


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    models.command("export")(export_model)
    models.command("import")(import_model)


def export_model(
    model: Annotated[str, typer.Argument(help=REFERENCE)],
    folder: Annotated[Path, typer.Argument(help="A new folder to write.")],
    system: SystemOption = None,
) -> None:
    """Write a registered model, its run and its lineage to a folder, to take it elsewhere."""
    from thermocline.registry.transfer.outgoing import export_model as run

    content, manifest = run(model, folder, default_name(system))
    print(f"{folder}: {content.uri}, digest {content.digest[:12]}")
    print(f"  SHA-256 of its manifest: {manifest}")


def import_model(
    folder: Annotated[Path, typer.Argument(help="A folder that `models export` wrote.")],
) -> None:
    """Register an exported model with the server that MLFLOW_TRACKING_URI names.

    It becomes @candidate; champion it becomes by `thermocline models promote` alone. An export
    carries code that MLflow runs when it loads the model: import from people you trust.
    """
    from thermocline.registry.transfer.incoming import import_model as run

    done = run(folder)
    what = f"{done.name} version {done.version}"
    if done.new:
        print(f"{what}: imported, was {done.source}, digest {done.digest[:12]}")
    else:
        print(f"{what} is this model already (digest {done.digest[:12]}): nothing was done")
