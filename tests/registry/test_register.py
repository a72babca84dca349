"""Registration: one version per digest, champions by merit, artifacts without pickles."""

import importlib.util
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_model import save_report, save_tiny

from thermocline.errors import BadData, BadFile
from thermocline.predict.champion import ARTIFACT, fetch_registered, load_champion, load_model
from thermocline.predict.manifest import check_manifest, model_digest, write_manifest
from thermocline.registry import register as module
from thermocline.registry.alias_log import entries
from thermocline.registry.package import refuse_pickles
from thermocline.registry.register import Registration, register
from thermocline.registry.tracking import connect

NAME = "thermocline-reconstruct"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [save_tiny(tmp_path_factory.mktemp("models") / f"m{s}", s) for s in range(3)]


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what MLflow checks by predicting at registration, but for the `slow` tests."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr("thermocline.registry.package.input_example", lambda: None)


def versions() -> list[str]:
    return sorted(str(v.version) for v in connect().search_model_versions(f"name = '{NAME}'"))


def test_twice_is_once(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
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


def test_champion_by_merit(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
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


def test_not_better_than_climatology(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
    result = register(models[0], save_report(store / "report", 1.05), config, root=store)
    assert result.aliases == ("candidate",) and result.promotion.decision == "worse"
    with pytest.raises(BadFile, match="champion"):
        load_champion()


def test_another_board_is_refused(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
    register(models[0], save_report(store / "a", 0.7), config, root=store)
    elsewhere = save_report(store / "b", 0.3, period="1990-1994")
    result = register(models[1], elsewhere, config, root=store)
    assert result.promotion.decision == "refused" and result.aliases == ("candidate",)
    assert "period" in result.promotion.explanation


@pytest.mark.parametrize("step", ["_logged_model", "judge", "_ensure_registered"])
def test_killed_between_steps(
    store: Path,
    models: list[Path],
    config,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """An end before each step (with nothing tidied up after it) leaves one version in the end."""

    def die(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    report = save_report(store / "report", 0.7)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(module, step, die)
        register(models[0], report, config, root=store)
    result = register(models[0], report, config, root=store)
    assert versions() == ["1"] and result.aliases == ("candidate", "champion")
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert len(connect().search_logged_models([experiment])) == 1


@pytest.mark.slow
def test_sigkill_during_registration(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
    """A real SIGKILL at growing delays, then a run to the end: exactly one version."""
    report = save_report(store / "report", 0.7)
    script = store / "run.py"
    script.write_text(
        "import sys\n"
        "from thermocline.config import load_config\n"
        "from thermocline.registry import package\n"
        "from thermocline.registry.register import register\n"
        "package.input_example = lambda: None\n"
        "print('go', flush=True)\n"
        f"config = load_config({str(_params())!r})\n"
        f"register({str(models[0])!r}, {str(report)!r}, config, root='.')\n"
        "print('done', flush=True)\n"
    )
    for delay in (0.4, 0.9, 1.6, 2.4):
        process = subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None and process.stdout.readline() == b"go\n"
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    result: Registration = register(models[0], report, config, root=store)
    assert versions() == ["1"] and result.aliases == ("candidate", "champion")
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert len(connect().search_logged_models([experiment])) == 1
    load_champion()


@pytest.mark.slow
def test_artifacts_and_a_fresh_process(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
    register(models[0], save_report(store / "report", 0.7), config, root=store)
    _, folder = fetch_registered(NAME, "champion")
    root = folder.parents[1]
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert {"MLmodel", "pyfunc_model.py", "input_example.json"} <= names
    assert {f"artifacts/{ARTIFACT}/{n}" for n in ("README.md", "manifest.json")} <= names
    refuse_pickles(root)
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0") and "## Limits" in card
    assert "### 2 % of columns observed" in card and "| thermocline |" in card
    assert "$" not in card and str(store) not in card

    script = (
        "import json, mlflow, pandas as pd\n"
        f"model = mlflow.pyfunc.load_model('models:/{NAME}@champion')\n"
        "table = pd.DataFrame({'latitude': [5.0], 'longitude': [6.0], 'depth': [5.0],\n"
        "                      'temperature': [26.0]})\n"
        "answer = model.predict(table, params={'date': '2008-03', 'members': 2, 'seed': 3})\n"
        "print(json.dumps({k: [list(v.shape), str(v.dtype), float(v[0, 0, 8, 16])]\n"
        "                  for k, v in answer.items()}))\n"
    )
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    fresh = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=store,
        env=environment,
        timeout=120,
    )
    assert fresh.returncode == 0, fresh.stderr[-2000:]
    answer = json.loads(fresh.stdout.strip().splitlines()[-1])
    assert answer["thetao"][:2] == [[1, 3, 16, 32], "float32"]

    from thermocline.observe import Observations
    from thermocline.predict import reconstruct

    here = reconstruct(load_champion(), Observations.checked([5], [6], [5], [26]), "2008-03", 2, 3)
    assert answer["thetao"][2] == pytest.approx(float(here["thetao"][0, 0, 8, 16]), abs=1e-5)

    (root / "conda.yaml").write_bytes(pickle.dumps({"a": 1}))
    refused = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=store,
        env=environment,
        timeout=120,
    )
    assert refused.returncode != 0 and "conda.yaml: this may be a pickle" in refused.stderr


def test_pickles_among_a_versions_files(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
    """Beside MLmodel or in the model's folder, by name or by content: refused at load."""
    register(models[0], save_report(store / "report", 0.7), config, root=store)
    load_champion()
    root = fetch_registered(NAME, "champion")[1].parents[1]
    assert (root / "MLmodel").is_file()
    for place in ("model.pt2", "artifacts/x.txt", f"artifacts/{ARTIFACT}/x.pkl"):
        (root / place).write_bytes(pickle.dumps({"a": 1}))
        for load in (load_champion, lambda: load_model(f"models:/{NAME}/1")):
            with pytest.raises(BadFile, match=f"{place}: this may be a pickle"):
                load()
        (root / place).unlink()
    load_champion()


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
    root = _params().parent
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


def test_tampering_is_noticed(tmp_path: Path, models: list[Path]) -> None:
    folder = shutil.copytree(models[0], tmp_path / "model")
    write_manifest(folder)
    digest = check_manifest(folder)
    assert digest == model_digest(models[0]) == load_model(folder).identity.digest
    weights = folder / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(BadFile, match=r"weights\.safetensors"):
        load_model(folder)
    content[-1] ^= 1
    weights.write_bytes(content)
    load_model(folder)
    (folder / "extra.py").write_text("boo")
    with pytest.raises(BadFile, match=r"extra\.py"):
        load_model(folder)
    (folder / "extra.py").unlink()
    (folder / "contract.json").unlink()
    with pytest.raises(BadFile, match=r"contract\.json"):
        load_model(folder)


def test_digest_is_of_content(tmp_path: Path, models: list[Path]) -> None:
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(models[0], tmp_path / "model")
    arrays = load_file(folder / "weights.safetensors")
    save_file(dict(reversed(arrays.items())), folder / "weights.safetensors")
    contract = json.loads((folder / "contract.json").read_text())
    (folder / "contract.json").write_text(json.dumps(contract))
    assert model_digest(folder) == model_digest(models[0]) != model_digest(models[1])
    cut = (folder / "weights.safetensors").read_bytes()[:-4]
    (folder / "weights.safetensors").write_bytes(cut)
    with pytest.raises(BadFile, match="cut off"):
        model_digest(folder)


@pytest.mark.parametrize("name", ["a.pkl", "b.npy", "c"])
def test_pickles_are_refused(tmp_path: Path, name: str) -> None:
    refuse_pickles(tmp_path)
    if name.endswith("npy"):
        np.save(tmp_path / name, np.ones(2))
    else:
        (tmp_path / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(BadFile, match="pickle"):
        refuse_pickles(tmp_path)


def test_incomplete_folders(store: Path, models: list[Path], config) -> None:  # type: ignore[no-untyped-def]
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
    with pytest.raises(BadData, match="thermocline"):
        register(models[0], unscored, config, root=store)


def _params() -> Path:
    return Path(__file__).resolve().parents[2] / "params.yaml"
