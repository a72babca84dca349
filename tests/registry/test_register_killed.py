"""Registration that is killed, at any step, leaves one version when it is run again."""

import subprocess
from pathlib import Path

import pytest
from made import versions
from tiny_model import save_report

from thermocline.predict.champion import load_champion
from thermocline.registry.registration import register as module
from thermocline.registry.registration.register import Registration, register
from thermocline.registry.store.connection import connect

pytestmark = pytest.mark.usefixtures("quick")
ROOT = Path(__file__).resolve().parents[2]
FORKED = Path(__file__).parent / "forked.py"


@pytest.mark.parametrize("step", ["logged_model", "judge", "make_registered_model", "show_version"])
def test_killed_between_steps(
    store: Path,
    models: list[Path],
    config,
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
    (logged,) = connect().search_logged_models([experiment])
    assert '"version": 1' in logged.tags["mlflow.modelVersions"]


@pytest.mark.slow
def test_sigkill_during_registration(
    store: Path, models: list[Path], config, warm_python: str
) -> None:
    """A real SIGKILL at growing delays, then a run to the end: exactly one version."""
    report = save_report(store / "report", 0.7)
    delays = ("0.05", "0.15", "0.3", "0.6", "1.2")
    command = [warm_python, FORKED, "register", ROOT / "params.yaml", models[0], report, *delays]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    assert done.stdout.startswith("killed\n") and "failed" not in done.stdout
    result: Registration = register(models[0], report, config, root=store)
    assert versions() == ["1"] and result.aliases == ("candidate", "champion")
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert len(connect().search_logged_models([experiment])) == 1
    load_champion("reconstruct")
