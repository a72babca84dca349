"""The command line. Heavy packages are imported inside the commands, so that help is instant."""

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from thermocline import __version__
from thermocline.cli import (
    compare,
    lineage,
    models,
    rebuild,
    servers,
    summary,
    superresolve,
    sweep,
    transfer,
)
from thermocline.cli.superresolve import MODEL_HELP, ExternalOption
from thermocline.errors import ThermoclineError

app = typer.Typer(
    help="Complete ocean fields with trustworthy uncertainty from sparse observations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models.app, name="models")
for room in (superresolve, compare, lineage, rebuild, servers, summary, sweep, transfer):
    room.add_commands(app, models.app)


def main() -> None:
    """Run the command line; a problem the user can mend is one line on stderr and exit code 2."""
    try:
        app()
    except ThermoclineError as problem:
        print(f"thermocline: {problem}", file=sys.stderr)
        sys.exit(2)
    except Exception as problem:
        if not type(problem).__module__.startswith("mlflow."):
            raise
        # The server is away, or does not allow it; MLflow says which, over many lines.
        reason = " ".join(str(problem).split())[:500]
        print(f"thermocline: MLflow: {reason}", file=sys.stderr)
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Complete ocean fields with trustworthy uncertainty from sparse observations."""


@app.command()
def reconstruct(
    file: Annotated[Path, typer.Argument(help="EN4 or Argo profiles (NetCDF), or a CSV table.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The NetCDF to write.")] = Path(
        "reconstruction.nc"
    ),
    date: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help='Month to analyse, such as "2008-03"; else that of the file\'s middle.'),
    ] = None,
    members: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Ensemble size; the model's default if left out."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    keep_members: Annotated[bool, typer.Option(help="Write every member, too.")] = False,
    model: Annotated[Optional[str], typer.Option(help=MODEL_HELP)] = None,  # noqa: UP045
    allow_external: ExternalOption = False,
) -> None:
    """A complete temperature field, with its uncertainty, from a file of observations."""
    from thermocline import predict
    from thermocline.borrowed import external_allowed

    served = predict.load_model(model)
    with external_allowed(allow_external):
        observations, month = predict.read_observations(
            file, served.reconstructor.depth, date, served.reconstructor.contract.window
        )
    dataset = predict.reconstruct(served, observations, month, members, seed, keep_members)
    written = predict.write_netcdf(dataset, output)
    report = predict.summary(dataset)
    used = report["observations"]
    print(f"{written}: {month}, {used['used']} of {used['given']} observations used")
    print(f"{'depth (m)':>10} {'mean':>8} {'minimum':>8} {'maximum':>8} {'std':>7}   °C")
    for level in report["levels"]:
        spread = "–" if level["std"] is None else f"{level['std']:.3f}"
        print(
            f"{level['depth']:>10.0f} {level['mean']:>8.3f} {level['minimum']:>8.3f} "
            f"{level['maximum']:>8.3f} {spread:>7}"
        )
    print(f"model: {report['model']['name']} version {report['model']['version']}")
    print(f"  {report['model']['baseline_verdict']}")


@app.command("check-config")
def check_config(
    file: Annotated[Path, typer.Argument(help="The parameters to check.")] = Path("params.yaml"),
) -> None:
    """Say whether params.yaml is valid; name every unknown key and impossible value."""
    from thermocline.systems.config import load_config

    load_config(file)
    print(f"{file}: valid")


@app.command()
def scoreboard(
    system: Annotated[str, typer.Argument(help="The system.")] = "reconstruct",
) -> None:
    """Show a system's scoreboard, and the verdicts of the promotion test."""
    import json

    from thermocline.verify.scoreboard import Board

    Board.read(Path("build/reports") / system).print()
    registered = Path("build/registry") / f"{system}.json"
    if registered.is_file():
        result = json.loads(registered.read_text(encoding="utf-8"))
        aliases = " ".join(f"@{alias}" for alias in result["aliases"])
        print(f"{result['name']} version {result['version']} {aliases}")
        print(f"  {result['promotion']['explanation']}")
        print(f"  {result['baseline']['explanation']}")
