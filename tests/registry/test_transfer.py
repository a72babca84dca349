"""Export and import: the same digests, answers and lineage elsewhere; nothing else gets in."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny_model import save_report, save_tiny
from tracking_server import tracking_server

from thermocline.errors import BadData, BadFile
from thermocline.observe import Observations
from thermocline.predict.champion import load_registered
from thermocline.predict.manifest import check_manifest
from thermocline.predict.registered import fetch_registered
from thermocline.registry.register import register
from thermocline.registry.store import connect
from thermocline.registry.transfer import incoming
from thermocline.registry.transfer.incoming import import_model
from thermocline.registry.transfer.manifest import MANIFEST, check_folder, write_folder_manifest
from thermocline.registry.transfer.outgoing import export_model, run_facts
from thermocline.systems.reconstruct.endpoints.dataset import reconstruct

NAME = "thermocline-reconstruct"


@pytest.fixture(scope="module")
def exported(tmp_path_factory, empty_store, little_code) -> Path:
    """An export of a registered version; beside it the store it came from, and an answer of it."""
    place = tmp_path_factory.mktemp("exporting")
    patch = pytest.MonkeyPatch()
    patch.setattr("thermocline.registry.package.input_example", lambda system: None)
    patch.setattr("thermocline.registry.package.SOURCE", little_code)
    here = Path.cwd()
    try:
        os.chdir(_store(place / "store", empty_store, patch))
        from thermocline.systems.config import load_config

        config = load_config(Path(__file__).resolve().parents[2] / "params.yaml")
        model, report = save_tiny(place / "tiny"), save_report(place / "report")
        (report / "figures").mkdir()
        (report / "figures" / "maps.png").write_bytes(b"\x89PNG\r\n\x1a\n figure")
        register(model, report, config, root=place)
        export_model(f"models:/{NAME}/1", place / "export")
        (place / "answer.json").write_text(json.dumps(_answer("1").tolist()))
    finally:
        os.chdir(here)
        patch.undo()
    return place / "export"


def _store(folder: Path, empty: Path, patch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(parents=True)
    shutil.copyfile(empty, folder / "mlflow.db")
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    patch.delenv("MLFLOW_RUN_ID", raising=False)
    return folder


def _answer(version: str) -> np.ndarray:
    observations = Observations.checked([5, -10], [6, 120], [5, 100], [26, 15])
    answer = reconstruct(load_registered(NAME, version).model, observations, "2008-03", 2, 3)
    return np.stack([answer["thetao"].values, answer["thetao_std"].values])


def _versions() -> list[str]:
    return sorted(str(v.version) for v in connect().search_model_versions(f"name = '{NAME}'"))


def test_elsewhere_the_same(exported: Path, store: Path) -> None:
    done = import_model(exported)
    assert done.new and done.version == "1" and done.source == f"models:/{NAME}/1"
    client = connect()
    version, model = fetch_registered(NAME, "candidate")
    assert check_manifest(model) == done.digest == version.tags["thermocline.digest"]
    original = exported / "model/artifacts/reconstruct"
    assert (original / "lineage.json").is_file()
    for name in sorted(path.name for path in original.iterdir()):
        assert (model / name).read_bytes() == (original / name).read_bytes(), name
    then = np.array(json.loads((exported.parent / "answer.json").read_text()))
    np.testing.assert_array_equal(_answer("1"), then)  # to the bit; NaN on land
    assert "champion" not in client.get_registered_model(NAME).aliases

    content = json.loads((exported / "export.json").read_text())
    judged = {key for key in content["tags"] if "verdict" in key}
    assert judged and not judged & version.tags.keys(), "nobody has judged it here"
    assert (
        version.tags.items()
        >= {k: v for k, v in content["tags"].items() if k not in judged}.items()
    )
    assert version.tags["thermocline.imported_from"] == done.source
    assert version.tags["thermocline.imported_run"] == content["run"]["run_id"] != done.run_id
    ours, theirs = run_facts(client, done.run_id).model_dump(mode="json"), content["run"]
    assert ours["metrics"] == theirs["metrics"] and theirs["metrics"]
    for key in ("params", "datasets", "status", "start_time", "end_time", "name"):
        assert ours[key] == theirs[key], key
    assert ours["tags"].items() >= theirs["tags"].items()
    kept = {entry.path for entry in client.list_artifacts(done.run_id)}
    assert {"figures", "evaluation", "imported"} <= kept
    described = (model.parents[1] / "MLmodel").read_text()
    assert done.run_id in described and content["run"]["run_id"] not in described
    assert version.run_id == done.run_id and done.run_id == client.get_run(done.run_id).info.run_id


def test_at_once_is_once(exported: Path, store: Path, monkeypatch) -> None:
    """Two that both found none before either had made one."""
    first = import_model(exported)
    monkeypatch.setattr(incoming, "find_version", lambda *_: None)
    again = import_model(exported)
    assert _versions() == ["1"] and not again.new and again.version == first.version


def test_twice_is_once(exported: Path, store: Path) -> None:
    first, again = import_model(exported), import_model(exported)
    assert first.new and not again.new and again.version == first.version
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert _versions() == ["1"] and len(connect().search_runs([experiment])) == 1
    assert len(connect().search_logged_models([experiment])) == 1


@pytest.mark.parametrize("step", ["_log", "_logged_model", "_compare", "_candidate"])
def test_killed_between_steps(exported: Path, store: Path, monkeypatch, step: str) -> None:
    def die(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(f"thermocline.registry.transfer.incoming.{step}", die)
        import_model(exported)
    done = import_model(exported)
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert _versions() == ["1"] and len(connect().search_runs([experiment])) == 1
    models = connect().search_logged_models([experiment])
    assert [str(m.status) for m in models] == ["READY"]
    held = connect().get_registered_model(NAME).aliases
    assert {alias: str(number) for alias, number in held.items()} == {"candidate": "1"}
    assert len(run_facts(connect(), done.run_id).metrics) > 0


def test_an_import_of_an_import_that_is_killed(
    exported: Path, empty_store: Path, tmp_path: Path, monkeypatch
) -> None:
    """The source's run says that it was imported; that does not make this one whole."""
    monkeypatch.chdir(_store(tmp_path / "between", empty_store, monkeypatch))
    between = import_model(exported)
    export_model("candidate", tmp_path / "again")
    sent = run_facts(connect(), between.run_id)
    monkeypatch.chdir(_store(tmp_path / "last", empty_store, monkeypatch))

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

    for step in ("transfer.ranking.link_scores", "transfer.incoming.make_once"):
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


def test_an_unreadable_evaluation_is_not_ranked(
    exported: Path, store: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(exported, tmp_path / "export")
    (folder / "model/artifacts/evaluation/cases.json").unlink()
    content = json.loads((folder / "export.json").read_text())
    del content["tags"]["thermocline.evaluation_sha256"]  # as an older Thermocline's
    (folder / "export.json").write_text(json.dumps(content))
    write_folder_manifest(folder)
    done = import_model(folder)
    experiment = connect().get_run(done.run_id).info.experiment_id
    (model,) = connect().search_logged_models([experiment])
    assert done.new and not model.metrics


def test_back_where_it_came_from(exported: Path, monkeypatch) -> None:
    """The version is there already; its aliases stay, and no second one appears."""
    source = exported.parent / "store"
    monkeypatch.chdir(source)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{source}/mlflow.db")
    before = connect().get_registered_model(NAME).aliases
    assert not import_model(exported).new
    assert connect().get_registered_model(NAME).aliases == before and _versions() == ["1"]


@pytest.fixture
def server(tmp_path: Path, empty_store: Path, warm_python: str, monkeypatch) -> Iterator[str]:
    """A tracking server, which this process's MLflow speaks to from a folder of its own."""
    with tracking_server(warm_python, tmp_path, empty_store) as address:
        (tmp_path / "client").mkdir()
        monkeypatch.chdir(tmp_path / "client")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
        yield address


@pytest.mark.slow
def test_through_a_server(exported: Path, server: str, tmp_path: Path) -> None:
    """In over HTTP, and out again: the files stay the same to the byte."""
    done = import_model(exported)
    assert done.new and not import_model(exported).new
    then = np.array(json.loads((exported.parent / "answer.json").read_text()))
    np.testing.assert_array_equal(_answer("1"), then)
    assert run_facts(connect(), done.run_id).metrics
    assert not list((tmp_path / "client").iterdir())  # nothing beside the server's own files
    content, _ = export_model("candidate", tmp_path / "again")
    assert content.tags["thermocline.imported_from"] == done.source
    first, second = check_folder(exported), check_folder(tmp_path / "again")
    model = {name for name in first if name.startswith("model/")}
    assert model == {name for name in second if name.startswith("model/")}
    assert [n for n in sorted(model) if first[n] != second[n]] == ["model/MLmodel"]


def test_a_folder_is_not_overwritten(exported: Path) -> None:
    with pytest.raises(BadData, match="exists already"):
        export_model("champion", exported)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _pickle(folder: Path) -> None:
    import pickle

    (folder / "model" / "extra").write_bytes(pickle.dumps({"a": [1]}))
    write_folder_manifest(folder)


def _pt2(folder: Path) -> None:
    (folder / "model/artifacts/reconstruct/program.pt2").write_bytes(b"anything")
    write_folder_manifest(folder)


def _listed(name: str):
    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["sha256"][name] = "0" * 64
        (folder / MANIFEST).write_text(json.dumps(manifest))

    return change


def _link(folder: Path) -> None:
    target = folder.parent / "outside"
    target.mkdir()
    (folder / "run" / "link").symlink_to(target)


def _file_link(folder: Path) -> None:
    """A link to the very file, which has the right SHA-256."""
    path = folder / "model/artifacts/reconstruct/weights.safetensors"
    path.rename(folder.parent / "weights")
    path.symlink_to(folder.parent / "weights")


def _other_model(folder: Path) -> None:
    """Every checksum made anew around another model's weights."""
    from thermocline.predict.manifest import write_manifest

    model = folder / "model/artifacts/reconstruct"
    other = save_tiny(folder.parent / "other", 2)
    shutil.copyfile(other / "weights.safetensors", model / "weights.safetensors")
    write_manifest(model)
    write_folder_manifest(folder)


def _edit(folder: Path) -> None:
    path = folder / "export.json"
    path.write_text(path.read_text().replace(NAME, "../../elsewhere"))
    write_folder_manifest(folder)


def _mlmodel(folder: Path) -> None:
    (folder / "model/MLmodel").write_text("- a list\n")
    write_folder_manifest(folder)


def _better(folder: Path) -> None:
    """Smaller errors than it was scored with."""
    path = folder / "model/artifacts/evaluation/cases.json"
    cases = json.loads(path.read_text())
    for case in cases:
        case["rmse"] *= 0.5
    path.write_text(json.dumps(cases))
    write_folder_manifest(folder)


def _other_system(folder: Path) -> None:
    path = folder / "export.json"
    path.write_text(path.read_text().replace(NAME, "thermocline-superres"))
    write_folder_manifest(folder)


REFUSED = {
    "another's evaluation": (_better, "its evaluation was changed since it was registered"),
    "another system's name": (_other_system, "a model of the system 'reconstruct', under the name"),
    "flipped bit": (
        lambda f: _flip(f / "model/artifacts/reconstruct/states.safetensors"),
        "states",
    ),
    "flipped code": (lambda f: _flip(f / "model/pyfunc.py"), "pyfunc"),
    "missing": (lambda f: (f / "model/MLmodel").unlink(), "MLmodel"),
    "extra": (lambda f: (f / "run/extra.txt").write_text("x"), "extra.txt"),
    "no manifest": (lambda f: (f / MANIFEST).unlink(), "no readable manifest"),
    "broken manifest": (lambda f: (f / MANIFEST).write_text('{"sha256": ["a"]}'), "manifest"),
    "parent": (_listed("../outside.txt"), "leaves the folder"),
    "inner parent": (_listed("run/../../outside.txt"), "leaves the folder"),
    "absolute": (_listed("/etc/passwd"), "leaves the folder"),
    "windows": (_listed("..\\outside.txt"), "leaves the folder"),
    "drive": (_listed("C:/outside.txt"), "leaves the folder"),
    "link to a folder": (_link, "link"),
    "link to a file": (_file_link, "link"),
    "pickle": (_pickle, "pickle"),
    "pt2": (_pt2, "pickle"),
    "other model": (_other_model, "digest"),
    "name": (_edit, "export.json"),
    "no model of MLflow's": (_mlmodel, "MLmodel"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(exported: Path, tmp_path: Path, monkeypatch, case: str) -> None:
    """In words, and before any server is asked."""
    change, words = REFUSED[case]
    folder = shutil.copytree(exported, tmp_path / "export")
    change(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises((BadFile, BadData), match=words):
        import_model(folder)


def test_a_version_with_a_pickle_is_not_exported(
    exported: Path, tmp_path: Path, monkeypatch
) -> None:
    source = exported.parent / "store"
    monkeypatch.chdir(source)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{source}/mlflow.db")
    (model,) = source.glob("mlartifacts/models/*/artifacts")
    (run,) = (p for p in source.glob("mlartifacts/*/artifacts") if p.parent.name != "models")
    for place in (model / "artifacts/reconstruct", model, run):
        (place / "model.pkl").write_bytes(b"c")
        try:
            with pytest.raises(BadFile, match=r"model\.pkl"):
                export_model("champion", tmp_path / "export")
        finally:
            (place / "model.pkl").unlink()
        assert list(tmp_path.iterdir()) == []  # whole or not at all


def test_the_commands(exported: Path, store: Path, monkeypatch, capsys) -> None:
    from thermocline.cli import main

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["thermocline", "models", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return f"{end.value.code} {said.out}{said.err}"

    assert run("import", str(exported)).startswith(f"0 {NAME} version 1: imported")
    assert "is this model already" in run("import", str(exported))
    said = run("export", "candidate", "again")
    assert said.startswith("0 again: ") and "SHA-256 of its manifest" in said
    assert run("export", "candidate", "again").startswith("2 thermocline: again: exists already")
    assert run("import", "nowhere").startswith("2 thermocline: nowhere: no such folder")


def test_checksum_is_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("text")
    first = write_folder_manifest(tmp_path)
    assert set(check_folder(tmp_path)) == {"a/b.txt"} and write_folder_manifest(tmp_path) == first
    (tmp_path / "a" / "b.txt").write_text("other")
    with pytest.raises(BadFile, match=r"a/b\.txt"):
        check_folder(tmp_path)
