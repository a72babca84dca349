"""A search space of choices and whole numbers: no trial repeats another, and it comes to an end."""

from itertools import product
from pathlib import Path

import pytest
from examiners import Failing, Notes, bowl
from test_sweep import JOURNAL, sweep
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.config import Config
from thermocline.systems.config import load_config
from thermocline.tuning import search as searching
from thermocline.tuning import sweep as sweeps
from thermocline.tuning.study import finished
from thermocline.tuning.untried import left, size

SPACE = {
    "model.network.width": {"choice": [8, 12]},
    "model.process.schedule": {"choice": ["edm", "cosine"]},
    "sampling.steps": {"whole": [2, 4]},
}
COUNT = 2 * 2 * 3


def config(sampler: str = "tpe", **tune) -> Config:
    own = {"space": SPACE, "sampler": sampler, **tune}
    return load_config(overrides={f"reconstruct.tune.{key}": value for key, value in own.items()})


@pytest.mark.parametrize("sampler", ["tpe", "random", "gp", "nsga2"])
def test_each_combination_is_tried_once(project: Path, sampler: str) -> None:
    """Also by a study that was stopped and goes on; and those are all that there are."""
    asked = config(sampler)
    sweep(5, config=asked)
    study = sweep(40, config=asked)
    tried = [tuple(trial.params.values()) for trial in study.trials]
    assert sorted(tried) == sorted(product((8, 12), ("edm", "cosine"), (2, 3, 4)))
    assert finished(study) == size(asked.reconstruct.tune.space) == COUNT
    assert left(study, asked.reconstruct.tune.space) == 0
    assert len(sweep(40, config=asked).trials) == COUNT


def test_what_failed_twice_is_left_alone(project: Path) -> None:
    """Once may be chance."""
    once = sweep(40, config=config(), judge=Failing({3}, RuntimeError("out of memory")))
    assert finished(once) == COUNT and len(once.trials) == COUNT + 1

    def never_three(attempt):
        if attempt.config.reconstruct.sampling.steps == 3:
            raise RuntimeError("out of memory")
        return bowl(attempt)

    asked = config(pruner="none")
    hopeless = sweep(40, JOURNAL.format("hopeless"), asked, judge=never_three)
    assert finished(hopeless) == 8 and len(hopeless.trials) == 8 + 2 * 4


def test_a_killed_trial_comes_back_once(project: Path) -> None:
    """It is in the queue, and nobody draws it meanwhile."""
    with pytest.raises(KeyboardInterrupt):
        sweep(40, config=config(), judge=Failing({3}, KeyboardInterrupt()))
    study = sweep(40, config=config())
    assert finished(study) == COUNT and len(study.trials) == COUNT + 1


def test_several_workers_share_them(project: Path, postgres) -> None:
    """A worker with nothing left to draw waits for the others, which may fail."""
    notes = Notes()
    study = sweep(40, postgres(), config("random"), observer=notes)
    assert finished(study) == COUNT and len(notes.ends) == COUNT


def test_the_command_says_that_the_space_is_exhausted(project: Path, monkeypatch) -> None:
    import yaml

    values = yaml.safe_load((project / "params.yaml").read_text())
    values["reconstruct"]["tune"]["space"] = {"model.network.width": {"choice": [8, 12]}}
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    monkeypatch.setattr(sweeps, "_trainer", lambda *_: (bowl, "0123456789abcdef x", "0" * 16))
    monkeypatch.setattr(searching, "draw_figures", lambda *_: ([], []))
    for _ in range(2):
        told = CliRunner().invoke(app, ["sweep", "reconstruct", "--steps", "90", "--trials", "9"])
        assert told.exit_code == 0, told.output
        assert "each of its 2 combinations was tried" in told.output
        assert "2 finished trials, 9 were asked for" in told.output
        assert "Nothing to do" not in told.output
