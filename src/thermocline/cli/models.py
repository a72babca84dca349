"""`thermocline models …`: the registry."""

import textwrap
from typing import Annotated, Any, Optional

import typer

from thermocline.cli import champions
from thermocline.cli.connection import (
    REFERENCE,
    SystemOption,
    default_name,
    reading_client,
    registry_client,
)

WIDTH = 100
"""Columns of a terminal."""

app = typer.Typer(help="Registered models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """The registered models: versions, aliases, and how each did in the promotion test."""
    from thermocline.registry.aliases.log_store import is_log

    client = reading_client()
    found = client.search_registered_models("name LIKE 'thermocline-%'")
    models = [model for model in found if not is_log(model.name)]
    if not models:
        print("no registered model yet; `dvc repro` trains and registers one")
        return
    rows = [
        (model.name, str(version.version), _held(model, version) or "–", _verdict(version))
        for model in models
        for version in _versions(client, model.name)
    ]
    head = ("model", "version", "aliases", "promotion test")
    wide = [max(len(row[k]) for row in (head, *rows)) for k in range(3)]
    for row in (head, *rows):
        start = "  ".join(text.ljust(width) for text, width in zip(row, wide, strict=False)) + "  "
        print(textwrap.fill(start + row[3], WIDTH, subsequent_indent=" " * len(start)))


@app.command("show")
def show_model(
    reference: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    system: SystemOption = None,
) -> None:
    """Where a registered model comes from, and what the promotion test found."""
    from thermocline.registry.versions.lookup import resolve

    client = reading_client()
    found = resolve(client, reference, default_name(system))
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
    system: SystemOption = None,
) -> None:
    """Delete a version, unless an alias, an entry of the log or a Bento refers to it."""
    from thermocline.registry.registration.deletion import delete_version
    from thermocline.registry.versions.lookup import resolve

    client = registry_client()
    text = f"models:/{reference}/{version}" if version else reference
    found = resolve(client, text, default_name(system))
    delete_version(client, found)
    print(f"{found.name} version {found.version} is deleted; its run {found.run_id} is not")


@app.command("delete-run")
def delete_run(run: Annotated[str, typer.Argument(help="The run's id.")]) -> None:
    """Delete a run, unless a registered version or a Bento comes from it."""
    from thermocline.registry.registration.deletion import delete_run

    delete_run(registry_client(), run)
    print(f"run {run} is deleted (`mlflow runs restore --run-id {run}` brings it back)")


@app.command("moved")
def moved() -> None:
    """After this project's folder was moved, renamed or copied: note where the files are now."""
    from thermocline.predict.tracking import tracking_uri
    from thermocline.registry.store.moved import note_where_files_are

    changed = note_where_files_are(tracking_uri())
    for former, count in changed.items():
        print(f"{count} paths of files in {former} are of this folder now")
    if not changed:
        print("nothing to change: no files that lie here are noted as lying elsewhere")


def _verdict(version: Any) -> str:
    """The verdict without its interval, which `models show` has, and what stands against it."""
    verdict = str(version.tags.get("thermocline.verdict", "not judged")).partition(" (95 %")[0]
    edited = version.tags.get("thermocline.edited", "")
    return f"{verdict.replace(' (', ', ')}; edited: {edited}" if edited else verdict


def _versions(client: Any, name: str) -> list[Any]:
    found = client.search_model_versions(f"name = '{name}'")
    return sorted(found, key=lambda version: int(version.version))


def _held(model: Any, version: Any) -> str:
    aliases = [a for a, number in model.aliases.items() if str(number) == str(version.version)]
    return " ".join(f"@{alias}" for alias in sorted(aliases))
