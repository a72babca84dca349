"""Registration: one version per digest, champions by merit."""

import json
import shutil
from pathlib import Path

import pytest
from made import NAME, versions
from tiny_model import save_report

import thermocline.registry.registration.register as registering
from thermocline.errors import BadData, BadFile
from thermocline.predict.champion import load_champion
from thermocline.predict.manifest import model_digest, write_manifest
from thermocline.registry.aliases.log import entries
from thermocline.registry.registration import logged
from thermocline.registry.registration.register import register
from thermocline.registry.runs.run_by_key import this_process
from thermocline.registry.store.connection import connect
from thermocline.registry.store.tags import DIGEST, PROCESS
from thermocline.registry.versions.lookup import whole_logged_model
from thermocline.systems.learning import VALIDATION

pytestmark = pytest.mark.usefixtures("quick")


def test_twice_is_once(store: Path, models: list[Path], config) -> None:
    report = save_report(store / "report", 0.7)
    first = register(models[0], report, config, root=store)
    assert first.aliases == ("candidate", "champion") and first.promotion.against == "climatology"
    assert first.baseline.against == "ensemble_oi" and first.baseline.better
    again = register(models[0], report, config, root=store)
    assert again == first and versions() == ["1"]
    (entry,) = entries(connect(), NAME)
    assert entry.valid and (entry.former, entry.to) == ("", "1")
    assert "registered: better than climatology" in entry.reason
    copy = shutil.copytree(models[0], store / "copy")
    write_manifest(copy)  # other files, the same content
    assert register(copy, report, config, root=store).version == "1"
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert len(connect().search_logged_models([experiment])) == 1
    assert len(connect().search_runs([experiment])) == 1
    tags = connect().get_model_version(NAME, "1").tags
    assert tags["thermocline.digest"] == model_digest(models[0])
    assert "climatology" in tags["thermocline.verdict"]
    assert json.loads(tags["thermocline.baseline_verdict_json"])["months"] == 12


def test_at_once_is_once(
    store: Path, models: list[Path], config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that both found none before either had made one."""
    report = save_report(store / "report", 0.7)
    first = register(models[0], report, config, root=store)
    monkeypatch.setattr(registering, "find_version", lambda *_: None)
    again = register(models[0], report, config, root=store)
    assert versions() == ["1"] and again.version == first.version
    monkeypatch.setattr(logged, "whole_logged_model", lambda *_: "")
    again = register(models[0], report, config, root=store)
    assert versions() == ["1"] and again.version == first.version
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    (model,) = connect().search_logged_models([experiment])
    assert connect().get_model_version(NAME, "1").source == f"models:/{model.model_id}"


def test_what_a_colleague_is_writing_stays(store: Path, models: list[Path], config) -> None:
    """The same model, registered at once from two machines; what was left behind here goes."""
    register(models[0], save_report(store / "report", 0.7), config, root=store)
    client = connect()
    run = client.get_model_version(NAME, "1").run_id
    experiment = client.get_run(run).info.experiment_id
    made = [
        client.create_logged_model(
            experiment, "model", source_run_id=run, tags={DIGEST: "same", **tags}
        ).model_id
        for tags in ({PROCESS: "another.machine:12"}, {PROCESS: this_process()}, {})
    ]
    assert whole_logged_model(client, run, "same") == ""
    left = client.search_logged_models([experiment], f"tags.`{DIGEST}` = 'same'")
    assert [model.model_id for model in left] == made[:1]


def test_champion_by_merit(store: Path, models: list[Path], config) -> None:
    reports = {share: save_report(store / f"r{share}", share) for share in (0.7, 0.69, 0.8, 0.5)}
    register(models[0], reports[0.7], config, root=store)
    worse = register(models[1], reports[0.8], config, root=store)
    assert worse.version == "2" and worse.aliases == ("candidate",)
    assert worse.promotion.decision == "worse"
    assert "champion version 1" in worse.promotion.explanation
    better = register(models[2], reports[0.5], config, root=store)
    assert better.version == "3" and better.aliases == ("candidate", "champion")
    assert better.promotion.against == "champion version 1" and better.promotion.better
    # Registering the dethroned or the refused again changes nothing.
    assert "champion" not in register(models[1], reports[0.8], config, root=store).aliases
    assert register(models[2], reports[0.5], config, root=store).promotion == better.promotion
    assert versions() == ["1", "2", "3"]
    assert [(e.former, e.to) for e in entries(connect(), NAME)] == [("", "1"), ("1", "3")]


def test_mlflow_ranks_models_on_the_same_data(store: Path, models: list[Path], config) -> None:
    """Scores are on the logged models, of which there is one a version, and by dataset."""
    for model, share in zip(models, (0.7, 0.5, 0.6), strict=True):
        (model / VALIDATION).write_text('{"validation_crps": 0.25}')
        register(model, save_report(store / f"r{share}", share), config, root=store)
        register(model, store / f"r{share}", config, root=store)
    client = connect()
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    (run, *_) = client.search_runs([experiment])
    (entry,) = run.inputs.dataset_inputs
    assert run.data.metrics["validation_crps"] == 0.25  # as of a trial
    data = {"dataset_name": entry.dataset.name, "dataset_digest": entry.dataset.digest}

    def ranked(**dataset: str) -> list[str]:
        order = [{"field_name": "metrics.rmse", "ascending": True, **dataset}]
        return [
            model.model_id
            for model in client.search_logged_models(
                [experiment], "metrics.rmse > 0", datasets=[dataset], order_by=order
            )
        ]

    by_version = {
        version.version: version.model_id or version.source.removeprefix("models:/")
        for version in client.search_model_versions(f"name = '{NAME}'")
    }
    assert ranked(**data) == [by_version[number] for number in (2, 3, 1)]
    assert ranked(**data | {"dataset_digest": "other"}) == []
    assert len(client.search_logged_models([experiment])) == len(models)
    found = {m.key: m for m in client.get_logged_model(ranked(**data)[0]).metrics}
    assert {"rmse", "crps"} < found.keys() and found["rmse"].dataset_digest == entry.dataset.digest


def test_not_better_than_climatology(store: Path, models: list[Path], config) -> None:
    result = register(models[0], save_report(store / "report", 1.05), config, root=store)
    assert result.aliases == ("candidate",) and result.promotion.decision == "worse"
    with pytest.raises(BadFile, match="champion"):
        load_champion("reconstruct")


def test_another_board_is_refused(store: Path, models: list[Path], config) -> None:
    register(models[0], save_report(store / "a", 0.7), config, root=store)
    elsewhere = save_report(store / "b", 0.3, period="1990-1994")
    result = register(models[1], elsewhere, config, root=store)
    assert result.promotion.decision == "refused" and result.aliases == ("candidate",)
    assert "another grid, mask, period or truth" in result.promotion.explanation


def test_incomplete_folders(store: Path, models: list[Path], config) -> None:
    report = save_report(store / "report")
    (report / "cases.json").unlink()
    with pytest.raises(BadFile, match=r"cases\.json"):
        register(models[0], report, config, root=store)
    with pytest.raises(BadFile, match=r"contract\.json"):
        register(store / "nothing", save_report(store / "r2"), config, root=store)
    unscored = save_report(store / "r3")
    cases = json.loads((unscored / "cases.json").read_text())
    kept = [c for c in cases if c["method"] != "thermocline"]
    (unscored / "cases.json").write_text(json.dumps(kept))
    with pytest.raises(BadData, match="no case of the model"):
        register(models[0], unscored, config, root=store)
