"""`thermocline models …`: the registry."""

from typing import Annotated, Any

import typer

from thermocline.errors import ThermoclineError

app = typer.Typer(help="Registered models.", no_args_is_help=True)


@app.command("list")
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


@app.command("show")
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
