"""`thermocline models …`: the registry."""

from typing import Annotated, Any, Optional

import typer

from thermocline.cli import champions
from thermocline.cli.connection import (
    DEFAULT_SYSTEM,
    REFERENCE,
    SystemOption,
    registered_name,
    registry_client,
)

app = typer.Typer(help="Registered models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """The registered models: versions, aliases, and the gate's verdicts."""
    from thermocline.registry.alias_store import is_log

    client = registry_client()
    found = client.search_registered_models("name LIKE 'thermocline-%'")
    models = [model for model in found if not is_log(model.name)]
    if not models:
        print("no registered model yet; `dvc repro` trains and registers one")
    for model in models:
        for version in _versions(client, model.name):
            held = _held(model, version)
            verdict = version.tags.get("thermocline.verdict", "not judged")
            print(f"{model.name} {version.version:>3} {held:<22} {verdict}")


@app.command("show")
def show_model(
    reference: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    system: SystemOption = DEFAULT_SYSTEM,
) -> None:
    """Where a registered model comes from, and what the gate found."""
    from thermocline.registry.reference import resolve

    client = registry_client()
    found = resolve(client, reference, registered_name(system))
    print(f"{found.name} version {found.version}")
    print(f"{'aliases':<18} {_held(client.get_registered_model(found.name), found) or '–'}")
    print(f"{'run':<18} {found.run_id}")
    for key, value in sorted(found.tags.items()):
        if key.startswith("thermocline.") and not key.endswith("_json"):
            print(f"{key.removeprefix('thermocline.'):<18} {value}")


champions.add_commands(app)


@app.command("delete")
def delete(
    reference: Annotated[str, typer.Argument(help=f"{REFERENCE} Or a NAME, before a VERSION.")],
    version: Annotated[Optional[str], typer.Argument(help="A number.")] = None,  # noqa: UP045
    system: SystemOption = DEFAULT_SYSTEM,
) -> None:
    """Delete a version, unless an alias, an entry of the log or a Bento refers to it."""
    from thermocline.registry.deletion import delete_version
    from thermocline.registry.reference import resolve

    client = registry_client()
    text = f"models:/{reference}/{version}" if version else reference
    found = resolve(client, text, registered_name(system))
    delete_version(client, found)
    print(f"{found.name} version {found.version} is deleted; its run {found.run_id} is not")


@app.command("delete-run")
def delete_run(run: Annotated[str, typer.Argument(help="The run's id.")]) -> None:
    """Delete a run, unless a registered version or a Bento comes from it."""
    from thermocline.registry.deletion import delete_run

    delete_run(registry_client(), run)
    print(f"run {run} is deleted (`mlflow runs restore --run-id {run}` brings it back)")


def _versions(client: Any, name: str) -> list[Any]:
    found = client.search_model_versions(f"name = '{name}'")
    return sorted(found, key=lambda version: int(version.version))


def _held(model: Any, version: Any) -> str:
    aliases = [a for a, number in model.aliases.items() if str(number) == str(version.version)]
    return " ".join(f"@{alias}" for alias in sorted(aliases))
