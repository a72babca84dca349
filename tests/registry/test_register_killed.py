"""Registration that is killed, at any step, leaves one version when it is run again."""

import subprocess
import sys
from pathlib import Path

import pytest
from made import versions
from tiny_model import save_report

from thermocline.predict.champion import load_champion
from thermocline.registry import register as module
from thermocline.registry.register import Registration, register
from thermocline.registry.tracking import connect

pytestmark = pytest.mark.usefixtures("quick")
ROOT = Path(__file__).resolve().parents[2]


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
    params = ROOT / "params.yaml"
    script = store / "run.py"
    script.write_text(
        "import sys\n"
        "from thermocline.config import load_config\n"
        "from thermocline.registry import package\n"
        "from thermocline.registry.register import register\n"
        "package.input_example = lambda: None\n"
        "print('go', flush=True)\n"
        f"config = load_config({str(params)!r})\n"
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
