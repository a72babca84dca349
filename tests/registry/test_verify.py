"""Every break of a chain is found and named, and nothing else is called broken."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from small_project import NAME, git, md5, registered_project
from typer.testing import CliRunner

from thermocline.errors import BadFile
from thermocline.registry.lineage.bentos import MODELS
from thermocline.registry.lineage.verify import BROKEN, NOT_HERE, OK, verify_model
from thermocline.registry.origin.record import LINEAGE, PATCH
from thermocline.registry.store.connection import connect
from thermocline.registry.transfer.outgoing import export_model

CHAMPION = f"models:/{NAME}@champion"
PREPARED = "build/prepared/reconstruct.nc"
BENTO = "build/bentoml/bentos/thermocline/v1-abc"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_store: Path):
    with registered_project(tmp_path_factory.mktemp("verify"), empty_store) as root:
        yield root


@contextmanager
def changed(path: Path) -> Iterator[Path]:
    """Whatever is done to a file or folder is undone afterwards."""
    kept = path.with_name(f"{path.name}.kept")
    shutil.copytree(path, kept, symlinks=True) if path.is_dir() else shutil.copyfile(path, kept)
    try:
        yield path
    finally:
        if path.is_dir():
            shutil.rmtree(path)
        kept.replace(path)


def flip(path: Path, where: float = 0.5) -> None:
    """One bit of one byte."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * where)] ^= 1
    path.write_bytes(content)


def states(reference: str = CHAMPION) -> dict[str, str]:
    return {check.link: check.state for check in verify_model(reference)}


def broken(reference: str = CHAMPION) -> list[str]:
    return [link for link, state in states(reference).items() if state == BROKEN]


def model_folder(number: str) -> Path:
    """The version's own files, in the artifact store."""
    (path,) = (
        place.parent
        for place in Path("mlartifacts").resolve().rglob(LINEAGE)
        if f'"key-{int(number) - 1}"' in place.read_text()
    )
    return path


def test_whole(project: Path) -> None:
    assert set(states().values()) == {OK}
    second = states("2")
    assert second.pop("Bento") == NOT_HERE  # no Bento serves it
    assert second["patch"] == OK and set(second.values()) == {OK}


@pytest.mark.parametrize("where", [0.2, 0.6, 0.95])
def test_a_byte_of_the_prepared_data(project: Path, where: float) -> None:
    with changed(project / PREPARED) as path:
        flip(path, where)
        assert set(broken()) <= {"prepared data", "prepared data, content"}
        assert "prepared data" in broken()
    assert broken() == []


@pytest.mark.parametrize("name", ["weights.safetensors", "contract.json", LINEAGE, "README.md"])
def test_a_byte_of_a_model_file(project: Path, name: str) -> None:
    with changed(model_folder("1") / name) as path:
        content = path.read_bytes()
        # A digit for another, so that what is JSON stays JSON.
        old, new = (b"1", b"2") if name != "weights.safetensors" else (content[-9:-8], b"\x55")
        assert old in content and old != new
        path.write_bytes(content.replace(old, new, 1))
        checks = verify_model(CHAMPION)
        (found,) = (check for check in checks if check.link == "model files")
        assert found.state == BROKEN and name in found.detail
    assert broken() == []


def test_a_byte_of_the_evaluation_or_the_code(project: Path) -> None:
    """What decides promotions, and what MLflow runs; not what Python leaves beside it."""
    version = model_folder("1").parents[1]
    for name, link in (
        ("artifacts/evaluation/cases.json", "evaluation"),
        ("code/thermocline/registry/registration/pyfunc.py", "code"),
        ("pyfunc.py", "code"),
    ):
        with changed(version / name) as path:
            (path.parent / f"{path.name}.kept").rename(project / "kept")
            flip(path)
            assert broken() == [link]
            (project / "kept").rename(path.parent / f"{path.name}.kept")
    with changed(version / "code"):
        (version / "code" / "more.py").write_text("MORE = 1\n")
        assert broken() == ["code"]
    compiled = version / "code/thermocline/__pycache__/more.pyc"
    compiled.parent.mkdir(exist_ok=True)
    compiled.write_bytes(b"compiled")
    assert broken() == []
    compiled.unlink()


def test_without_mlflow_s_description_nothing_loads_it(project: Path) -> None:
    with changed(model_folder("1").parents[1] / "MLmodel") as path:
        for content in (":::: [", "run_id: a\n", None):
            path.unlink() if content is None else path.write_text(content)
            assert broken() == ["model files"]
            with pytest.raises(BadFile, match="MLmodel"):
                export_model(CHAMPION, project / "exported")
            assert not (project / "exported").exists()
        path.touch()
    assert broken() == []


def test_an_export_is_of_what_was_registered(project: Path) -> None:
    with changed(
        model_folder("1").parents[1] / "code/thermocline/registry/registration/pyfunc.py"
    ) as path:
        flip(path)
        with pytest.raises(BadFile, match=r"code was changed since it was registered.*verify"):
            export_model(CHAMPION, project / "exported")
    assert not (project / "exported").exists()


def test_an_older_version_without_checksums(project: Path) -> None:
    client = connect()
    tags = client.get_model_version(NAME, "2").tags
    checksums = {
        key: tags[key] for key in ("thermocline.evaluation_sha256", "thermocline.code_sha256")
    }
    for key in checksums:
        client.delete_model_version_tag(NAME, "2", key)
    (found,) = (c for c in verify_model("2") if c.link == "evaluation and code")
    assert found.state == NOT_HERE and "was not recorded" in found.detail and broken("2") == []
    client.set_model_version_tag(NAME, "2", "thermocline.code_sha256", checksums.popitem()[1])
    assert states("2")["evaluation"] == NOT_HERE and broken("2") == []
    for key, value in checksums.items():
        client.set_model_version_tag(NAME, "2", key, value)


def test_a_missing_commit(project: Path) -> None:
    with changed(project / ".git"):
        git(project, "commit", "-q", "--amend", "-m", "history, rewritten")
        git(project, "reflog", "expire", "--expire=now", "--all")
        git(project, "gc", "-q", "--prune=now")
        assert broken() == ["commit"] and broken("2") == ["commit"]
        result = CliRunner().invoke(_app(), ["verify", CHAMPION])
        assert result.exit_code == 2
        assert result.output.splitlines()[-1] == "broken: commit"
    assert CliRunner().invoke(_app(), ["verify", CHAMPION]).exit_code == 0


def _app():
    from thermocline.cli import app

    return app


def test_outside_git_it_is_not_here(project: Path) -> None:
    kept = (project / ".git").rename(project.parent / "git")
    try:
        assert states()["commit"] == NOT_HERE and broken() == []
    finally:
        kept.rename(project / ".git")


def test_a_repository_that_git_does_not_read(project: Path) -> None:
    """Nothing is known to be broken: what git says stands beside the link."""
    with changed(project / ".git" / "HEAD") as path:
        path.write_text("broken")
        (found,) = (check for check in verify_model(CHAMPION) if check.link == "commit")
        assert found.state == NOT_HERE and "not a git repository" in found.detail
        assert broken() == []


def test_raw_files(project: Path) -> None:
    """Flipped on disk: broken, whatever the cache holds. Gone from disk: taken from the cache."""
    path = project / "data" / "argo" / "5901_prof.nc"
    link, whole = "raw file data/argo/5901_prof.nc", md5(path)
    stored = project / ".dvc/cache/files/md5" / whole[:2] / whole[2:]
    with changed(path):
        flip(path)
        assert broken() == [link]
    with changed(project / "data"):
        shutil.rmtree(project / "data")
        (project / "data").mkdir()
        assert broken() == [] and states()["raw files"] == OK
        with changed(stored):
            flip(stored)
            assert broken() == [f"{link}, among DVC's objects"]
        with changed(stored.parent):
            stored.unlink()
            assert broken() == [] and states()[link] == NOT_HERE


def test_later_data_are_no_break(project: Path) -> None:
    """The user has other data now: by DVC's own records they are not this model's."""
    with (
        changed(project / PREPARED) as prepared,
        changed(project / "dvc.lock") as lock,
        changed(project / "data.dvc") as data,
        changed(project / "data"),
    ):
        flip(prepared)
        flip(project / "data" / "argo" / "5901_prof.nc")
        assert len(broken()) >= 2  # as yet, nobody but a fault accounts for them
        content = yaml.safe_load(lock.read_text())
        content["stages"]["prepare"]["outs"][0]["md5"] = md5(prepared)
        lock.write_text(yaml.safe_dump(content))
        data.write_text(yaml.safe_dump({"outs": [{"md5": "0" * 32 + ".dir", "path": "data"}]}))
        assert broken() == []
        assert states()["prepared data"] == NOT_HERE and states()["raw files"] == OK


def test_locks_and_data_at_the_commit(project: Path) -> None:
    """What the commit holds is compared with the record, not what lies in the folder now."""
    with changed(project / "requirements.lock") as lock, changed(project / "data.dvc") as data:
        lock.write_text("numpy==1\n")
        data.write_text("outs: []\n")
        assert not {link for link in broken() if "at the commit" in link}
    path = model_folder("1")
    with changed(path):
        _rewrite(path, '"lock_sha256": "', "requirements.lock at the commit")
        _rewrite(path, '"dvc_yaml_sha256": "', "dvc.yaml at the commit")


def _rewrite(folder: Path, before: str, link: str) -> None:
    """A record that says another hash, with a manifest that fits it: still found."""
    from thermocline.predict.manifest import write_manifest

    with changed(folder / LINEAGE) as path:
        text = path.read_text()
        start = text.index(before) + len(before)
        path.write_text(text[:start] + "0" * 64 + text[start + 64 :])
        (folder / f"{LINEAGE}.kept").rename(folder.parent / "kept")
        write_manifest(folder)
        found = broken()
        (folder.parent / "kept").rename(folder / f"{LINEAGE}.kept")
        assert link in found and "model files" not in found


def test_the_patch(project: Path) -> None:
    with changed(model_folder("2") / PATCH) as path:
        path.write_bytes(path.read_bytes().replace(b"43", b"44"))
        assert {"model files", "patch"} <= set(broken("2"))


def test_runs_studies_and_tags(project: Path) -> None:
    client = connect()
    version = client.get_model_version(NAME, "1")
    client.set_tag(version.run_id, "thermocline.trial", "4")
    assert broken() == ["study"]
    client.set_tag(version.run_id, "thermocline.trial", "3")
    experiment = client.get_run(version.run_id).info.experiment_id
    (trial,) = client.search_runs([experiment], "tags.`thermocline.trial_state` = 'complete'")
    assert trial.info.run_id in str(verify_model(CHAMPION))
    client.delete_run(trial.info.run_id)
    assert states()["trial"] == NOT_HERE
    other = client.create_run(experiment, tags=trial.data.tags).info.run_id
    client.log_param(other, "reconstruct.training.batch", "16")
    assert broken() == ["trial"]
    client.delete_run(other)
    client.restore_run(trial.info.run_id)
    client.delete_run(version.run_id)
    assert broken() == ["run"]
    client.restore_run(version.run_id)
    for tag, link in (("digest", "registry, digest"), ("lock_sha256", "registry, tags")):
        was = version.tags[f"thermocline.{tag}"]
        client.set_model_version_tag(NAME, "1", f"thermocline.{tag}", "0" * 64)
        assert link in broken("1")
        client.set_model_version_tag(NAME, "1", f"thermocline.{tag}", was)
    assert broken() == []


def test_bentos(project: Path) -> None:
    bento = project / BENTO
    with changed(bento / "bento.yaml") as path:
        path.write_text(path.read_text().replace("trial: '3'", "trial: '2'"))
        checks = verify_model("thermocline:v1-abc")
        (found,) = (check for check in checks if check.state == BROKEN)
        assert found.link == "Bento thermocline:v1-abc" and found.detail.endswith(": trial")
    with changed(bento / MODELS / "reconstruct" / "states.safetensors") as path:
        flip(path)
        assert broken() == ["Bento thermocline:v1-abc"]
        assert "model files" in broken("thermocline:v1-abc")
    assert broken("thermocline:v1-abc") == [] == broken(str(bento))


def test_a_bento_elsewhere(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without registry, repository and data, what can be checked is, and the rest is not here."""
    away = shutil.copytree(project / BENTO, tmp_path / "bento")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/none.db")
    found = states(str(away))
    assert BROKEN not in found.values()
    assert found["model files"] == OK and found["Bento thermocline:v1-abc"] == OK
    assert {found[link] for link in ("run", "commit", "registry", "prepared data")} == {NOT_HERE}


def test_the_log_of_aliases(project: Path) -> None:
    """Past the log nobody becomes champion, and it does not vanish unseen."""
    client = connect()
    client.set_registered_model_alias(NAME, "champion", "2")
    assert broken("1") == ["@champion"] == broken("2")
    client.set_registered_model_alias(NAME, "champion", "1")
    assert broken() == []
    client.delete_registered_model(f"{NAME}.log")
    assert broken() == ["alias log"]


def test_no_lineage(project: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder("1"), tmp_path / "old")
    (folder / LINEAGE).unlink()
    assert "lineage" in broken(str(folder))
    with pytest.raises(BadFile):
        verify_model(str(tmp_path / "nothing"))
