"""An import that is killed is gone on with, and is one import."""

from pathlib import Path

import pytest
from exporting import own_store
from made import versions

from thermocline.registry.store.connection import connect
from thermocline.registry.transfer.incoming import import_model
from thermocline.registry.transfer.outgoing import export_model, run_facts

NAME = "thermocline-reconstruct"


@pytest.mark.parametrize("step", ["_log", "_logged_model", "_compare", "_candidate"])
def test_killed_between_steps(exported: Path, store: Path, monkeypatch, step: str) -> None:
    def die(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(f"thermocline.registry.transfer.incoming.{step}", die)
        import_model(exported)
    done = import_model(exported)
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert versions() == ["1"] and len(connect().search_runs([experiment])) == 1
    models = connect().search_logged_models([experiment])
    assert [str(m.status) for m in models] == ["READY"]
    held = connect().get_registered_model(NAME).aliases
    assert {alias: str(number) for alias, number in held.items()} == {"candidate": "1"}
    assert len(run_facts(connect(), done.run_id).metrics) > 0


def test_an_import_of_an_import_that_is_killed(
    exported: Path, empty_store: Path, tmp_path: Path, monkeypatch
) -> None:
    """The source's run says that it was imported; that does not make this one whole."""
    monkeypatch.chdir(own_store(tmp_path / "between", empty_store, monkeypatch))
    between = import_model(exported)
    export_model("candidate", tmp_path / "again")
    sent = run_facts(connect(), between.run_id)
    monkeypatch.chdir(own_store(tmp_path / "last", empty_store, monkeypatch))

    def die(*_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("thermocline.registry.transfer.incoming._log", die)
        import_model(tmp_path / "again")
    done = import_model(tmp_path / "again")
    arrived = run_facts(connect(), done.run_id)
    assert arrived.metrics == sent.metrics != () and arrived.params == sent.params
    assert arrived.tags["thermocline.imported_run"] == between.run_id
    assert arrived.tags["thermocline.imported_from"] == f"models:/{NAME}/1"


def test_ranked_with_models_of_the_same_data(exported: Path, store: Path, monkeypatch) -> None:
    """By its scores on the dataset, also if the import was killed before or after they arrived."""

    def die(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    for step in ("transfer.ranking.link_scores", "transfer.incoming.make_registered_model"):
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(f"thermocline.registry.{step}", die)
            import_model(exported)
    done = import_model(exported)
    client = connect()
    run = client.get_run(done.run_id)
    (entry,) = run.inputs.dataset_inputs
    data = {"dataset_name": entry.dataset.name, "dataset_digest": entry.dataset.digest}
    order = [{"field_name": "metrics.rmse", "ascending": True, **data}]
    (found,) = client.search_logged_models(
        [run.info.experiment_id], "metrics.rmse > 0", datasets=[data], order_by=order
    )
    scores = {metric.key: metric.value for metric in found.metrics}
    assert {"rmse", "crps"} < scores.keys()
    assert scores.items() <= run.data.metrics.items()
