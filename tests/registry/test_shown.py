"""What MLflow's own pages and calls show of an experiment, a run and a registered model."""

import getpass
from pathlib import Path

import mlflow
import pytest
from made import NAME
from tiny_model import save_report

from thermocline.registry.registration.package import input_example
from thermocline.registry.registration.register import register
from thermocline.registry.store.connection import connect
from thermocline.registry.store.shown import show_version
from thermocline.systems import get, names


@pytest.mark.usefixtures("quick")
def test_pages_say_what_they_show(store: Path, models: list[Path], config) -> None:
    """A logged model names its version; descriptions, who made a run, and with what."""
    register(models[0], save_report(store / "report", 0.7), config, root=store)
    client = connect()
    version = client.get_model_version(NAME, "1")
    logged = client.get_logged_model(version.source.removeprefix("models:/"))
    assert logged.tags["mlflow.modelVersions"] == f'[{{"name": "{NAME}", "version": 1}}]'
    show_version(client, version)
    assert client.get_logged_model(logged.model_id).tags == logged.tags
    title = get("reconstruct").title
    registered = client.get_registered_model(NAME)
    assert registered.description.startswith(title) and "@champion" in registered.description
    experiment = client.get_experiment_by_name("reconstruct")
    assert experiment.tags["mlflow.note.content"].startswith(title)
    tags = client.get_run(version.run_id).data.tags
    assert tags["mlflow.user"] == getpass.getuser() and tags["mlflow.source.type"] == "LOCAL"
    assert tags["mlflow.source.name"] and "/" not in tags["mlflow.source.name"]


@pytest.mark.parametrize("system", names())
def test_examples_are_read_again(tmp_path: Path, system: str) -> None:
    """MLflow keeps a pair without parameters in a form that it cannot read."""
    from mlflow.models import Model
    from mlflow.models.utils import _save_example

    model, example = Model(), input_example(system)
    _save_example(model, example, str(tmp_path))
    (tmp_path / "MLmodel").write_text(model.to_yaml())
    assert mlflow.models.Model.load(str(tmp_path)).load_input_example(str(tmp_path)) is not None
