"""`thermocline superresolve`: a day of sea-surface temperature, several times finer."""

from pathlib import Path
from typing import Annotated, Optional

import typer

ExternalOption = Annotated[
    bool,
    typer.Option(
        "--allow-external",
        help="Follow the file's links into other files, for files of your own.",
    ),
]
MODEL_HELP = "A model folder, or models:/NAME@ALIAS; the registered champion if left out."


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(superresolve)


def superresolve(
    file: Annotated[Path, typer.Argument(help="Gridded NetCDF: OISST, OSTIA, CMIP6 tos, …")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The NetCDF to write.")] = Path(
        "superresolved.nc"
    ),
    date: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help='Which day, such as "2008-03-14", of a file with several.'),
    ] = None,
    members: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Ensemble size; the model's default if left out."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    error: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(help="Standard deviation of each given value's error, °C."),
    ] = None,
    keep_members: Annotated[bool, typer.Option(help="Write every member, too.")] = False,
    model: Annotated[Optional[str], typer.Option(help=MODEL_HELP)] = None,  # noqa: UP045
    allow_external: ExternalOption = False,
) -> None:
    """A finer sea-surface temperature, with its uncertainty, from a coarse one."""
    from rich.console import Console
    from rich.progress import Progress

    from thermocline import predict
    from thermocline.borrowed import external_allowed

    served = predict.load_model(model, "superres")
    bar = Progress(console=Console(stderr=True), transient=True)
    with bar, external_allowed(allow_external):
        task = bar.add_task("tiles")
        dataset = predict.superresolve(
            served,
            file,
            date,
            members,
            seed,
            error=error,
            keep_members=keep_members,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    written = predict.write_netcdf(dataset, output)
    found = predict.superres_summary(dataset)
    print(
        f"{written}: {found['date']}, {found['rows']} × {found['columns']} cells of "
        f"{found['degrees']:g}°, {found['sea']:,} of them sea"
    )
    spread = "–" if found["std"] is None else f"{found['std']:.3f}"
    print(
        f"mean {found['mean']:.3f}, minimum {found['minimum']:.3f}, maximum "
        f"{found['maximum']:.3f}, std {spread} °C ({found['members']} members)"
    )
    print(f"model: {found['model']['name']} version {found['model']['version']}")
    print(f"  {found['model']['baseline_verdict']}")
