"""Several workers: exact counts, nothing done twice, and the trials of the killed come back."""

import os
import signal
import subprocess
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

import optuna
import pytest
from examiners import Notes, bowl
from optuna.exceptions import StorageInternalError

from thermocline.errors import BadConfig
from thermocline.systems.config import load_config
from thermocline.tuning import away
from thermocline.tuning.claim import working
from thermocline.tuning.storage import Heart, Storage, original
from thermocline.tuning.study import CLAIMED, FINISHED, failures, finished, outcome
from thermocline.tuning.sweep import run_sweep
from thermocline.tuning.trial import Attempt

HERE = Path(__file__).resolve().parent


def start(python: str, address: str, log: Path, *hang: str) -> subprocess.Popen[bytes]:
    command = [python, str(HERE / "cheap_worker.py"), address, "40", str(log), *hang]
    return subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})


def lines(logs: list[Path], word: str) -> list[list[str]]:
    said = [line.split() for log in logs if log.exists() for line in log.read_text().splitlines()]
    return [words[1:] for words in said if words[0] == word]


def study_at(address: str) -> optuna.Study:
    storage = optuna.storages.RDBStorage(address)
    (name,) = optuna.study.get_all_study_names(storage)
    return optuna.load_study(study_name=name, storage=storage)


@pytest.mark.slow
def test_four_workers_one_is_killed(project: Path, postgres, warm_python: str) -> None:
    """40 finished trials, none twice; the killed one is retried and keeps what it reported."""
    address, began = postgres(), time.monotonic()
    logs = [project / f"worker{number}.log" for number in range(4)]
    # The first worker to be killed is the one that hangs in its third attempt.
    hang = lambda log: ["3"] if log == logs[0] else []
    workers = [start(warm_python, address, log, *hang(log)) for log in logs]
    try:
        while not lines(logs, "hang"):
            assert time.monotonic() - began < 120 and workers[0].poll() is None
            time.sleep(0.05)
        workers[0].send_signal(signal.SIGKILL)
        assert [worker.wait(150) for worker in workers] == [-signal.SIGKILL, 0, 0, 0]
    finally:
        for worker in workers:
            worker.kill()
    study = study_at(address)
    trials = study.get_trials()
    assert len(study.get_trials(states=FINISHED)) == 40 and len(trials) == 41
    ((hung,),) = lines(logs, "hang")
    killed = [trial for trial in trials if outcome(trial) == "killed"]
    assert [trial.number for trial in killed] == [int(hung)] and not failures(study)
    (again,) = (trial for trial in trials if trial.system_attrs.get("retry_history"))
    assert again.params == killed[0].params and again.state.name == "COMPLETE"
    assert original(again) == int(hung) and again.user_attrs[CLAIMED] == again.number
    assert again.intermediate_values[10] == killed[0].intermediate_values[10]
    # It began once more, with the rung it had reported behind it; no other did.
    ended = sorted(int(number) for (number,) in lines(logs, "end"))
    assert ended == sorted({original(trial) for trial in trials}) and len(ended) == 40
    begun = sorted(lines(logs, "begin"))
    assert [words for words in begun if len(words) > 1] == [[hung, "10"]] and len(begun) == 41
    assert len({log for log in logs if lines([log], "end")}) == 4, "every worker had its share"
    print(f"40 trials by 4 workers: {time.monotonic() - began:.0f} s")


def test_a_worker_killed_between_claim_and_heartbeat(project: Path, postgres) -> None:
    """Optuna knows no sign of life of it, and would let it run for ever."""
    address = postgres()
    sweep = lambda trials: run_sweep(
        load_config(), "reconstruct", address, trials, 90, heart=Heart(1, 3), judge=bowl
    )
    study = sweep(1)
    with warnings.catch_warnings(action="ignore"):  # that a heartbeat is for `optimize`: just so
        died = study.ask()
    study = sweep(3)
    assert outcome(study.trials[died.number]) == "killed" and finished(study) == 3


def test_a_trial_that_loses_its_database_comes_back(project: Path, postgres, monkeypatch) -> None:
    """Also after it ran for longer than an outage may last: time is counted from the loss."""
    monkeypatch.setattr(away, "OUTAGE", 0.3)

    def once(attempt: Attempt) -> Mapping[str, float]:
        if not lost:
            lost.append(int(attempt.checkpoints.name))
            time.sleep(0.6)
            raise StorageInternalError
        return bowl(attempt)

    lost: list[int] = []
    study = run_sweep(load_config(), "reconstruct", postgres(), 2, 90, judge=once)
    (killed,) = (trial for trial in study.trials if outcome(trial) == "killed")
    assert [killed.number] == lost and finished(study) == 2 and not failures(study)
    (again,) = (trial for trial in study.trials if trial.system_attrs.get("retry_history"))
    assert original(again) == killed.number and again.state in FINISHED


@pytest.mark.parametrize("address", ["sqlite:///s/x.db", "journal:///s/x.log"])
def test_files_serve_one_worker(project: Path, address: str) -> None:
    """A second is refused in words; killed trials of the first come back at once."""
    config = load_config(overrides={"reconstruct.tune.pruner": "none"})
    sweep = lambda trials, notes=None: run_sweep(
        config, "reconstruct", address, trials, 90, notes, judge=bowl
    )
    with (
        working(Storage.parse(address)),
        pytest.raises(BadConfig, match=r"serves one worker.*postgresql://"),
    ):
        sweep(1)
    study = sweep(2)
    killed, notes = study.ask(), Notes()
    study = sweep(4, notes)
    assert [trial.state.name for trial in study.trials] == [
        *("COMPLETE", "COMPLETE", "FAIL", "COMPLETE", "COMPLETE")
    ]
    assert notes.ends[2] == (killed.number, "killed")
    assert original(study.trials[3]) == killed.number


def test_addresses() -> None:
    for kind, address in {
        "sqlite": "sqlite:///build/x.db",
        "journal": "journal:////tmp/x.log",
        "postgresql": "postgres://user:secret@host:5432/name",
    }.items():
        place = Storage.parse(address)
        assert place.kind == kind and "secret" not in place.shown
    assert Storage.parse("journal:////tmp/x.log").file == Path("/tmp/x.log")
    assert Storage.parse("postgresql://host/name").address == "postgresql+psycopg://host/name"
    for nonsense in ("mysql://user:secret@host/name", "nonsense", "sqlite", "redis://h"):
        with pytest.raises(BadConfig) as caught:
            Storage.parse(nonsense)
        assert "secret" not in str(caught.value)
