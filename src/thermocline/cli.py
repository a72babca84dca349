"""The command line. Heavy packages are imported inside the commands, so that help is instant."""

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from thermocline import __version__
from thermocline.errors import ThermoclineError

app = typer.Typer(
    help="Complete ocean fields with trustworthy uncertainty from sparse observations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="Registered models.", no_args_is_help=True)
app.add_typer(models, name="models")

MODEL_HELP = "A model folder, or models:/NAME@ALIAS; the registered champion if left out."


def main() -> None:
    """Run the command line; a problem the user can mend is one line on stderr and exit code 2."""
    try:
        app()
    except ThermoclineError as problem:
        print(f"thermocline: {problem}", file=sys.stderr)
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
) -> None:
    """A complete temperature field, with its uncertainty, from a file of observations."""
    from thermocline import predict

    served = predict.load_model(model)
    observations, month = predict.read_observations(file, served.reconstructor.depth, date)
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
    from thermocline.config import load_config

    load_config(file)
    print(f"{file}: valid")


@app.command()
def scoreboard(
    system: Annotated[str, typer.Argument(help="The system.")] = "reconstruct",
) -> None:
    """Show a system's scoreboard, and the verdicts of the promotion gate."""
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


@app.command()
def sweep(
    system: Annotated[str, typer.Argument(help="The system.")] = "reconstruct",
    trials: Annotated[int, typer.Option(min=1, help="Finished trials the study shall hold.")] = 8,
    steps: Annotated[int, typer.Option(min=1, help="Training steps of each trial.")] = 200,
    storage: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The study's database; sqlite:///build/sweeps/SYSTEM.db if left out."),
    ] = None,
) -> None:
    """Search the settings with Optuna; each trial is a nested MLflow run. Can be gone on with."""
    if system != "reconstruct":
        raise ThermoclineError(
            f"no sweep of {system!r}", where="sweep", fix="`thermocline sweep reconstruct`"
        )
    from contextlib import ExitStack

    from rich.console import Console

    from thermocline.config import load_config
    from thermocline.registry.sweeps import tracked_sweep
    from thermocline.tuning import summary
    from thermocline.tuning.study import IDENTITY
    from thermocline.tuning.sweep import override, run_sweep

    config, console = load_config(), Console()
    with ExitStack() as stack:
        track: list[Any] = []

        def on_study(study: Any) -> None:
            reread = lambda changed: override(config, dict(changed))
            tracked = tracked_sweep(system, config, reread, study.user_attrs[IDENTITY])
            track.append(stack.enter_context(tracked))

        def on_trial(trial: Any, overrides: dict[str, Any]) -> None:
            console.print(summary.line(trial), highlight=False, markup=False)
            track[0](trial, overrides)

        address = storage or f"sqlite:///build/sweeps/{system}.db"
        study = run_sweep(config, address, trials, steps, on_trial, on_study)
    console.print(summary.table(study))
    console.print(summary.advice(study), highlight=False, markup=False, soft_wrap=True)


@models.command("list")
def list_models() -> None:
    """The registered models: versions, aliases, and the gate's verdicts."""
    client = _client()
    found = client.search_registered_models("name LIKE 'thermocline-%'")
    if not found:
        print("no registered model yet; `dvc repro` trains and registers one")
    for model in found:
        for version in _versions(client, model.name):
            held = _held(model, version)
            verdict = version.tags.get("thermocline.verdict", "not judged")
            print(f"{model.name} {version.version:>3} {held:<22} {verdict}")


@models.command("show")
def show_model(
    name: Annotated[str, typer.Argument(help="Registered name.")] = "thermocline-reconstruct",
    version: Annotated[str, typer.Option(help="Version or alias.")] = "champion",
) -> None:
    """Where a registered model comes from, and what the gate found."""
    from mlflow.exceptions import MlflowException

    client = _client()
    try:
        by_alias = client.get_model_version_by_alias
        found = (client.get_model_version if version.isdigit() else by_alias)(name, version)
    except MlflowException:
        raise ThermoclineError(
            f"no {version!r} of {name!r}", where="registry", fix="see `thermocline models list`"
        ) from None
    print(f"{name} version {found.version}")
    print(f"{'aliases':<18} {_held(client.get_registered_model(name), found) or '–'}")
    print(f"{'run':<18} {found.run_id}")
    for key, value in sorted(found.tags.items()):
        if key.startswith("thermocline.") and not key.endswith("_json"):
            print(f"{key.removeprefix('thermocline.'):<18} {value}")


def _client() -> Any:
    from thermocline.predict.champion import has_registry

    if not has_registry():
        raise ThermoclineError(
            "no registry yet", where="MLflow", fix="`dvc repro` trains and registers a model"
        )
    from thermocline.registry.tracking import connect

    return connect()


def _versions(client: Any, name: str) -> list[Any]:
    found = client.search_model_versions(f"name = '{name}'")
    return sorted(found, key=lambda version: int(version.version))


def _held(model: Any, version: Any) -> str:
    aliases = [a for a, number in model.aliases.items() if str(number) == str(version.version)]
    return " ".join(f"@{alias}" for alias in sorted(aliases))


if __name__ == "__main__":
    main()
