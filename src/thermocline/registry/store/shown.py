"""What MLflow's pages show beside runs and versions: what a system is, and what is registered."""

import json
from typing import Any

from thermocline.registry.store.calls import make_once
from thermocline.systems import get, names

VERSIONS = "mlflow.modelVersions"
"""The tag of a logged model from which its page shows its versions; a server sets it itself."""
NOTE = "mlflow.note.content"


def make_registered_model(client: Any, name: str, system: str, tags: dict[str, str]) -> None:
    """Create a system's registered model, with a description, unless there is one."""
    about = (
        f"{get(system).title}. `@champion` is the version that is served, `@candidate` the newest; "
        f"a version's page is its card. `{name}.log` has every change of these aliases."
    )
    make_once(client.create_registered_model, name, tags=tags, description=about)


def experiment_tags(system: str) -> dict[str, str]:
    """What the page of an experiment says of its runs; nothing of one that is no system's."""
    if system not in names():
        return {}
    about = (
        f"{get(system).title}. Runs: `train {system} · …` are trainings, and `sweep {system}` are "
        "studies, with a run below each for every trial."
    )
    return {NOTE: about}


def show_version(client: Any, version: Any) -> None:
    """Have a logged model's page name a version of it that was registered."""
    model_id = str(version.source).removeprefix("models:/")
    if model_id == version.source:
        return  # of no logged model
    known = json.loads(client.get_logged_model(model_id).tags.get(VERSIONS, "[]"))
    own = {"name": version.name, "version": int(version.version)}
    if not any((each["name"], int(each["version"])) == tuple(own.values()) for each in known):
        client.set_logged_model_tags(model_id, {VERSIONS: json.dumps([*known, own])})
