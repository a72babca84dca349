"""MLproject: every entry point reaches what it names, with parameters as MLflow passes them on."""

import shlex
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from thermocline.cli import app

ROOT = Path(__file__).resolve().parents[1]
ENTRIES = ("reproduce", "train", "sweep", "evaluate", "promote", "serve")
TYPES = {
    "train": {"system": "string"},
    "evaluate": {"system": "string"},
    "promote": {"system": "string", "version": "string"},
    "serve": {"host": "string", "port": "float"},
    "sweep": {
        **{"system": "string", "trials": "float", "steps": "float"},
        **{"workers": "float", "storage": "string"},
    },
}


@pytest.fixture
def calls(monkeypatch):
    """What an entry point runs, instead of running it."""
    monkeypatch.syspath_prepend(str(ROOT / "pipelines"))
    import project

    run = []
    monkeypatch.setattr(project, "call", lambda *command: run.append(command))
    monkeypatch.setattr(project, "become", lambda *command: run.append(command))
    monkeypatch.setattr(project, "_has_champion", lambda: False)
    monkeypatch.delenv("THERMOCLINE_MODEL", raising=False)
    return run


def start(entry, parameters=None):
    """Do what `mlflow run` does with an entry point."""
    from mlflow.projects._project_spec import load_project

    import project

    command = load_project(str(ROOT)).get_entry_point(entry)
    program, script, *words = shlex.split(command.compute_command(parameters or {}, "."))
    assert (program, script) == ("python", "pipelines/project.py")
    project.main(words)


def test_entries_and_types():
    from mlflow.projects._project_spec import load_project

    project = load_project(str(ROOT))
    assert sorted(project._entry_points) == sorted(ENTRIES)
    for name in ENTRIES:
        parameters = project.get_entry_point(name).parameters
        assert {k: p.type for k, p in parameters.items()} == TYPES.get(name, {})
        assert all(p.default is not None for p in parameters.values())


@pytest.mark.parametrize("entry", ["train", "evaluate", "sweep", "promote", "serve"])
def test_data_first_then_stages_that_exist(calls, entry):
    start(entry)
    pull, repro = calls[:2]
    assert pull[-4:] == ("dvc", "pull", "--quiet", "data.dvc")
    assert repro[1:4] == ("-m", "dvc", "repro") and repro[0] == sys.executable
    stage, _, system = repro[4].partition("@")  # without a system: of every one
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    assert pipeline["stages"][stage]["foreach"] == "${systems}"
    assert (system or "reconstruct") in pipeline["vars"][0]["systems"]
    assert bool(system) == (entry != "serve")


@pytest.mark.parametrize("entry", ["train", "evaluate", "sweep", "promote"])
def test_any_system(calls, entry):
    start(entry, {"system": "superres"})
    repro, *after = calls[1:]
    assert repro[4].endswith("@superres")
    assert all("superres" in command for command in after)


@pytest.mark.parametrize("eight", ["8", "8.0", 8, 8.0])
def test_sweep(calls, eight):
    start("sweep", {"trials": eight, "steps": eight})
    assert parsed(calls[-1]) == {
        **{"system": "reconstruct", "trials": 8, "steps": 8, "workers": 1, "storage": None}
    }
    start("sweep", {"workers": eight, "storage": "postgresql://h/d; rm -rf $HOME"})
    words = parsed(calls[-1])
    assert (
        words["steps"] is None
        and words["workers"] == 8
        and words["storage"] == "postgresql://h/d; rm -rf $HOME"
    )


def test_promote(calls):
    start("promote", {"version": "3"})
    (command,) = calls
    assert parsed(command, "models") == {
        **{"version": "3", "system": "reconstruct", "params": Path("params.yaml")},
        "allow_uncommitted": False,
    }


def test_serve(calls):
    start("serve", {"port": "3210.0"})
    assert calls[-1][2:] == (
        *("bentoml", "serve", "bento.service:Thermocline"),
        *("--host", "127.0.0.1", "--port", "3210"),
    )


@pytest.mark.parametrize("trials", ["many", "8.5", "-1", "nan"])
def test_no_whole_number(calls, capsys, trials):
    with pytest.raises(SystemExit):
        start("sweep", {"trials": trials})
    assert "--trials" in capsys.readouterr().err and not calls


def parsed(command, *groups):
    """The parameters that `thermocline` understands from a command."""
    assert command[1:3] == ("-m", "thermocline.cli")
    words, parent = list(command[3:]), get_command(app)
    for group in groups:
        assert words.pop(0) == group
        parent = parent.commands[group]
    name = words.pop(0)
    return parent.commands[name].make_context(name, words).params
