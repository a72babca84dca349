"""Registration refuses what was trained by code that is not committed."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from made import NAME, versions
from tiny_model import save_report

from thermocline.errors import BadData
from thermocline.registry.register import register
from thermocline.registry.tracking import connect

pytestmark = pytest.mark.usefixtures("quick")
ROOT = Path(__file__).resolve().parents[2]


def test_uncommitted_trees(store: Path, models: list[Path], config, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Refused in words, unless allowed; what counts is the tree that trained."""
    report = save_report(store / "report", 0.7)
    git = ["git", "-C", str(store), "-c", "user.name=a", "-c", "user.email=a@b"]
    (store / "code.py").write_text("a = 1\n")
    for words in (["init", "-q"], ["add", "code.py"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    clean = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    (store / "code.py").write_text("a = 2\n")
    with pytest.raises(BadData, match=r"uncommitted changes.*--allow-uncommitted"):
        register(models[0], report, config, root=store)
    assert versions() == []
    assert register(models[0], report, config, root=store, allow_uncommitted=True).version == "1"
    assert register(models[0], report, config, root=store).version == "1"  # it is there already
    assert (
        connect().get_model_version(NAME, "1").tags["thermocline.git_commit"].endswith("+changes")
    )

    def trained(uncommitted: bool) -> Path:
        folder = shutil.copytree(models[1], tmp_path / f"trained-{uncommitted}")
        training = json.loads((folder / "training.json").read_text())
        training["origin"] = {
            "git_commit": clean.strip(),
            "uncommitted": uncommitted,
            "lock_sha256": "",
        }
        (folder / "training.json").write_text(json.dumps(training))
        return folder

    with pytest.raises(BadData, match="uncommitted"):
        register(trained(True), report, config, root=store)
    assert register(trained(False), report, config, root=store).version == "2"
    assert connect().get_model_version(NAME, "2").tags["thermocline.git_commit"] == clean.strip()


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
    assert given["allow_uncommitted"] is allowed and given["name"] == NAME
