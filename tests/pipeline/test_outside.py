"""A system in a package of its own runs by `dvc repro`, as its page promises."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
import yaml

from thermocline.errors import BadConfig
from thermocline.pipeline import outside
from thermocline.systems import closure

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "toy"
SECTION = {
    key: {} for key in ("data", "baselines", "model", "training", "sampling", "evaluate", "tune")
}
READ = ("dvc.yaml", "params.yaml", "requirements.lock", "pipelines", "src", ".dvcignore")


@pytest.fixture(scope="module", autouse=True)
def forks(warm_python: str) -> Iterator[None]:
    """What is called `python`, here and in stages, is the stand-in of the fork server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([str(Path(warm_python).parent), os.environ["PATH"]]))
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the toy's package beside it, its section, and its stage file."""
    folder = tmp_path_factory.mktemp("outside") / "project"
    without = shutil.ignore_patterns("__pycache__")
    for name in READ:
        target, source = folder / name, ROOT / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=without)
        else:
            shutil.copyfile(source, target)
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text("[core]\n    no_scm = true\n    analytics = false\n")
    (folder / "data").mkdir()
    (folder / "data/raw.txt").write_text("1\n")
    shutil.copytree(TOY, folder.with_name("toy"), ignore=without)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(yaml.safe_dump(params | {"toy": SECTION}))
    assert "dvc.yaml" in run(folder, "thermocline.cli", "stages", "toy")
    return folder


def run(project: Path, module: str, *arguments: str, cwd: Path | None = None, ok: int = 0) -> str:
    """What a command says; its exit status has to be `ok`."""
    path = f"{project.with_name('toy')}{os.pathsep}{project / 'src'}"
    command = ["-m", module] if not module.endswith(".py") else [module]
    done = subprocess.run(
        ["python", *command, *arguments],
        cwd=cwd or project,
        env=os.environ | {"PYTHONPATH": path, "DVC_NO_ANALYTICS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


def own(project: Path) -> Path:
    return project / "pipelines" / "toy.stages"


def test_a_stage_runs_from_its_own_folder_and_again_after_a_change_of_its_code(
    project: Path,
) -> None:
    said = run(project, "dvc", "repro", "validate-raw@toy", cwd=own(project))
    assert "Running stage" in said
    assert (project / "build/validation/toy/raw.json").is_file()
    assert "Running stage" not in run(
        project, "dvc", "status", "validate-raw@toy", cwd=own(project)
    )
    code = project.with_name("toy") / "toy_system.py"
    code.write_text(code.read_text() + "\n")
    said = run(project, "dvc", "status", "validate-raw@toy", cwd=own(project))
    assert "toy_system.py" in said and "modified" in said


def test_its_folder_is_not_taken_for_a_package_of_that_name(project: Path) -> None:
    """Stages' scripts lie beside it; an editable package is looked for after them."""
    assert (own(project) / "dvc.yaml").is_file()
    assert PathFinder.find_spec("toy", [str(project / "pipelines")]) is None


def test_the_whole_pipeline_holds_it(project: Path) -> None:
    """The Bento needs what it registers, so `dvc repro` without a name leads to all its stages."""
    said = run(project, "dvc", "dag", "package", "--dot")
    assert "pipelines/toy.stages/dvc.yaml:train@toy" in said
    said = run(project, "thermocline.cli", "summary")
    assert "\ntrain@toy " in said and "dvc.yaml" not in said


def test_a_stage_file_that_misses_code_is_refused(project: Path) -> None:
    path = own(project) / "dvc.yaml"
    text = path.read_text()
    path.write_text(text.replace("      - src/thermocline/prepare\n", ""))
    said = run(project, "pipelines/prepare.py", "toy", ok=1)
    path.write_text(text)
    assert "run `thermocline stages toy`" in said


def test_a_key_that_stages_depend_on_is_asked_for(project: Path) -> None:
    path = project / "params.yaml"
    text = path.read_text()
    path.write_text(yaml.safe_dump(yaml.safe_load(text) | {"toy": {"data": {}}}))
    said = run(project, "thermocline.cli", "stages", "toy", ok=2)
    path.write_text(text)
    assert "toy has no baselines, evaluate" in said and "`toy: {baselines: {}" in said


def test_a_system_of_this_tree_has_its_stages_in_the_one_file(project: Path) -> None:
    listed = yaml.safe_load((project / "dvc.yaml").read_text())["vars"][0]["systems"]
    said = run(project, "thermocline.cli", "stages", listed[0], ok=2)
    assert "stand in dvc.yaml" in said


def test_places_are_those_of_no_machine(project: Path, tmp_path: Path) -> None:
    """A clone elsewhere with the package beside it goes on with the file as it is committed."""
    text = (own(project) / "dvc.yaml").read_text()
    assert "- ../toy/toy_system.py\n" in text and str(project.parent) not in text
    shutil.copytree(project.with_name("toy"), tmp_path / "toy")
    clone = tmp_path / "project"
    shutil.copytree(project, clone)
    run(clone, "pipelines/validate_raw.py", "toy")


def test_a_rebuilds_tree_takes_the_code_of_its_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of a package in the project, whose own copy the tree does not run."""
    code = project / "inside/toy_system.py"
    monkeypatch.setattr(outside, "code_of", lambda *_: (code,))
    path = tmp_path / "pipelines/toy.stages/dvc.yaml"
    path.parent.mkdir(parents=True)
    for dep in ("inside", str(code)):
        path.write_text(yaml.safe_dump({"stages": {"train": {"do": {"deps": [dep]}}}}))
        monkeypatch.setenv(outside.PROJECT, str(project))
        outside.check_stage("train", "toy", tmp_path)
    monkeypatch.delenv(outside.PROJECT)
    outside.check_stage("train", "toy", tmp_path)  # one whole path is right everywhere here
    path.write_text(yaml.safe_dump({"stages": {"train": {"do": {"deps": ["inside"]}}}}))
    with pytest.raises(BadConfig, match="does not name"):
        outside.check_stage("train", "toy", tmp_path)


def test_a_copy_among_all_packages_is_that_file_alone(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it imports lies beside it there: arrays, networks and all that they lead to."""
    (tmp_path / "plain.py").write_text("import beside\n")
    (tmp_path / "beside.py").touch()
    for module in (closure, outside):
        monkeypatch.setattr(module, "own_place", lambda name: tmp_path / "plain.py")
    closure.own_code.cache_clear()
    assert len(closure.own_code("plain")) == 2
    monkeypatch.setattr(closure.sysconfig, "get_path", lambda kind: str(tmp_path))
    closure.own_code.cache_clear()
    assert closure.own_code("plain") == (tmp_path / "plain.py",)
    closure.own_code.cache_clear()
    with pytest.raises(BadConfig, match="pip install --no-deps -e"):
        outside.write_stages("plain", project)
