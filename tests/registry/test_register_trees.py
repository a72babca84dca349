"""What was trained by files that are not committed becomes candidate, and says so."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from made import NAME, versions
from small_project import git
from tiny_model import save_report

from thermocline.config import Config
from thermocline.errors import BadData
from thermocline.registry.origin.provenance import training_origin
from thermocline.registry.origin.record import PATCH
from thermocline.registry.origin.tree import working_tree
from thermocline.registry.promotion.edits import EDITED, Edits
from thermocline.registry.promotion.promote import promote
from thermocline.registry.registration.record import renew, write
from thermocline.registry.registration.register import register
from thermocline.registry.store.connection import connect

pytestmark = pytest.mark.usefixtures("quick")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repository(store: Path) -> Path:
    """The store's folder under git, with one file that the pipeline reads."""
    (store / "params.yaml").write_text("seed: 0\n")
    (store / ".gitignore").write_text("*.db\nmlartifacts/\nreport/\ntrained*/\nbuild/\n")
    git(store, "init", "-q")
    git(store, "add", "params.yaml", ".gitignore")
    git(store, "commit", "-q", "-m", "x")
    return store


def trained(root: Path, model: Path) -> Path:
    """A model's folder as the train stage leaves it in the tree as it is."""
    folder = shutil.copytree(model, root / f"trained-{model.name}")
    tree = working_tree(root)
    training = json.loads((folder / "training.json").read_text())
    training["origin"] = training_origin(root, tree=tree)
    (folder / "training.json").write_text(json.dumps(training))
    if tree.patch:
        (folder / PATCH).write_bytes(tree.patch)
    return folder


def tags(version: str) -> dict[str, str]:
    return dict(connect().get_model_version(NAME, version).tags)


def test_notes_do_not_matter(repository: Path, models: list[Path], config: Config) -> None:
    (repository / "demo.log").write_text("a stray file\n")
    (repository / "notes").mkdir()
    (repository / "notes" / "README.md").write_text("to do\n")
    report = save_report(repository / "report", 0.7)
    result = register(trained(repository, models[0]), report, config, root=repository)
    assert result.aliases == ("candidate", "champion") and not result.note
    assert EDITED not in tags("1") and "+" not in tags("1")["thermocline.git_commit"]


def test_an_edited_tree_gives_a_candidate(
    repository: Path, models: list[Path], config: Config
) -> None:
    """Champion it becomes by a commit of the files that trained it, and by no other."""
    report = save_report(repository / "report", 0.7)
    (repository / "params.yaml").write_text("seed: 1\n")
    folder = trained(repository, models[0])
    result = register(folder, report, config, root=repository)
    assert versions() == ["1"] and result.aliases == ("candidate",) and result.promotion.better
    assert "(params.yaml): commit them" in result.note and "models promote 1" in result.note
    assert tags("1")[EDITED] == "params.yaml"
    assert tags("1")["thermocline.git_commit"].endswith("+changes")
    edits = Edits(repository)
    with pytest.raises(BadData, match=r"not promoted: .*params\.yaml.*--allow-uncommitted"):
        promote(connect(), NAME, "1", config, edits)
    git(repository, "checkout", "-q", "params.yaml")
    with pytest.raises(BadData, match=r"params\.yaml"):  # what counts is the tree that trained
        promote(connect(), NAME, "1", config, edits)
    (repository / "params.yaml").write_text("seed: 2\n")
    git(repository, "commit", "-q", "-am", "another edit")
    with pytest.raises(BadData, match=r"params\.yaml"):
        promote(connect(), NAME, "1", config, edits)
    (repository / "params.yaml").write_text("seed: 1\n")
    git(repository, "commit", "-q", "-am", "the edit that trained it")
    assert "champion" in promote(connect(), NAME, "1", config, edits).aliases
    # Registering it once more, as DVC does after a promotion by hand, leaves it champion.
    assert register(folder, report, config, root=repository).aliases == ("candidate", "champion")


def test_a_version_without_a_commit(store: Path, models: list[Path], config: Config) -> None:
    """Where there is a repository, it should have named its commit; elsewhere it could not."""
    folder = trained(store, models[0])
    git(store, "init", "-q")
    report = save_report(store / "report", 0.7)
    result = register(folder, report, config, root=store)
    assert tags("1")["thermocline.git_commit"] == "" and result.promotion.better
    assert result.aliases == ("candidate",)
    assert "from a commit that nobody wrote down" in result.note
    assert Edits(store, allowed=True).objection(connect().get_model_version(NAME, "1")) == ""
    with pytest.raises(BadData, match=r"not promoted: .*nobody wrote.*--allow-uncommitted"):
        promote(connect(), NAME, "1", config, Edits(store))
    shutil.rmtree(store / ".git")  # an exported archive
    assert "champion" in register(folder, report, config, root=store).aliases


def test_registration_where_git_fails(repository: Path, models: list[Path], config: Config) -> None:
    """A model that did not write down its tree is not registered as one of a clean tree."""
    (repository / "params.yaml").write_text("seed: 1\n")
    (repository / ".git" / "index").write_bytes(b"broken")
    report = save_report(repository / "report", 0.7)
    with pytest.raises(BadData, match=r"git does not say .*index file"):
        register(models[0], report, config, root=repository)


def test_allowed(repository: Path, models: list[Path], config: Config) -> None:
    report = save_report(repository / "report", 0.7)
    (repository / "params.yaml").write_text("seed: 1\n")
    folder = trained(repository, models[0])
    assert register(folder, report, config, root=repository).aliases == ("candidate",)
    allowed = Edits(repository, allowed=True)
    result = promote(connect(), NAME, "1", config, allowed)
    assert result.aliases == ("candidate", "champion")
    # Of no committed tree, but worse: the reason told is the one that counts.
    worse = save_report(repository / "worse", 0.9)
    second = register(trained(repository, models[1]), worse, config, root=repository)
    assert second.promotion.decision == "worse" and not second.note
    better = save_report(repository / "better", 0.5)
    options = {"root": repository, "allow_uncommitted": True}
    third = register(trained(repository, models[2]), better, config, **options)
    assert "champion" in third.aliases


def test_a_promotion_by_hand_renews_the_record(
    repository: Path, models: list[Path], config: Config
) -> None:
    """So that DVC packages the new champion."""
    (repository / "params.yaml").write_text("seed: 1\n")
    report = save_report(repository / "report", 0.7)
    write(register(trained(repository, models[0]), report, config, root=repository), "reconstruct")
    record = repository / "build/registry/reconstruct.json"
    assert json.loads(record.read_text())["aliases"] == ["candidate"]
    promoted = promote(connect(), NAME, "1", config, Edits(repository, allowed=True))
    assert "champion" in promoted.aliases
    renew(promoted, "reconstruct")
    assert json.loads(record.read_text())["aliases"] == ["candidate", "champion"]
    record.write_text('{"digest": "of another model"}')
    renew(promoted, "reconstruct")
    assert json.loads(record.read_text()) == {"digest": "of another model"}
    record.unlink()
    renew(promoted, "reconstruct")
    assert not record.exists()


@pytest.mark.parametrize(
    ("words", "variable", "allowed"),
    [([], "", False), ([], "0", False), ([], "1", True), (["--allow-uncommitted"], "", True)],
)
def test_the_stage_hands_on_what_is_allowed(
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    variable: str,
    allowed: bool,
) -> None:
    root = ROOT
    monkeypatch.syspath_prepend(str(root / "pipelines"))
    spec = importlib.util.spec_from_file_location("stage_register", root / "pipelines/register.py")
    assert spec and spec.loader
    stage = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stage)
    given: dict[str, object] = {}

    def take(*_: object, **options: object) -> None:
        given.update(options)
        raise SystemExit

    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", variable)
    monkeypatch.setattr(stage, "register", take)
    monkeypatch.setattr(stage, "tuned_config", lambda system: None)
    with pytest.raises(SystemExit):
        stage.main(["reconstruct", *words])
    assert given["allow_uncommitted"] is allowed and given["system"] == "reconstruct"
