"""`thermocline gather`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

FILES = "Files of profiles (EN4, Argo, World Ocean Database, CSV, …), and folders of them."
OUTPUT = "The NetCDF to write, in the form of EN4."
DATES = 'Only profiles of a period, such as "2008-01/2008-12".'
BOX = "Only profiles within west, south, east, north, such as -80, 20, -40, 50."

OTHER_ENDS = (".csv", ".mat", ".zarr", ".zip")
"""Ends of names that promise something else than what is written."""


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's command."""
    app.command("gather")(gather)


def gather(
    files: Annotated[list[Path], typer.Argument(help=FILES)],
    output: Annotated[Path, typer.Option("--output", "-o", help=OUTPUT)] = Path("profiles.nc"),
    dates: Annotated[Optional[str], typer.Option(help=DATES)] = None,  # noqa: UP045
    box: Annotated[Optional[str], typer.Option(help=BOX)] = None,  # noqa: UP045
) -> None:
    """One file of the profiles of many, of one provider or several, to ask with."""
    import numpy as np
    from rich.console import Console
    from rich.progress import Progress

    from thermocline import predict, sources
    from thermocline.answers.periods import period
    from thermocline.answers.wanted import box_of
    from thermocline.errors import BadFile

    output = predict.answer_path(output)
    if output.suffix in OTHER_ENDS:
        fix = f"name a file that ends in .nc, such as {output.with_suffix('.nc')}"
        raise BadFile("what is written is a NetCDF", where=str(output), fix=fix)
    predict.check_output(output, files)
    days = None
    if dates is not None:
        first, last = period(dates)
        days = np.datetime64(first), np.datetime64(last)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")
        show = lambda done, of: bar.update(task, completed=done, total=of)
        found = sources.gather(files, output, days, box_of(box), show)
    print(f"{output}: {found.profiles:,} profiles of {found.files:,} files")
    for line in found.account.lines():
        print(line)
