"""Tasks without a server: what becomes of them, and of their folders."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import xarray as xr
from bento.limits import at_once
from bento.refusals import Refused
from bento.routes import routes
from bento.tasks import tasks as module
from bento.tasks import upkeep
from bento.tasks.folders import Folders
from bento.tasks.records import Record
from bento.tasks.tasks import Tasks

import thermocline.predict as predict
from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.files import atomic_directory

ROUTE = next(iter(routes().values()))
REQUEST = ROUTE.endpoint.Request(**ROUTE.endpoint.example(None))
GO = Event()
OPEN: list[int] = []


def waiting(
    route: Any, request: Any, stop: Any, progress: Any, file: Path
) -> tuple[xr.Dataset, None]:
    """Two steps, the second once GO is set."""
    assert request == REQUEST
    progress(1, 2)
    while not GO.wait(0.01):
        stop.check()
        progress(1, 2)
    progress(2, 2)
    return xr.Dataset(attrs={f"model_{fact}": "x" for fact in predict.FACTS}), None


@contextmanager
def tasks(home: Path, answering: Callable[..., Any] = waiting) -> Iterator[Tasks]:
    OPEN.clear()
    opened = Tasks(home, answering, OPEN.append)
    try:
        yield opened
    finally:
        opened.close()


def until(found: Tasks, task: str, *statuses: str) -> Record:
    for _ in range(1000):
        record = found.get(task)
        assert record is not None
        if record.status in statuses:
            return record
        time.sleep(0.01)
    raise AssertionError(f"{record} after 10 s, not {statuses}")


def step(found: Tasks, task: str) -> None:
    """Wait until its first step is done."""
    until(found, task, "running")
    for _ in range(500):
        if found.get(task).step:  # type: ignore[union-attr]
            return
        time.sleep(0.01)
    raise AssertionError("no step in 5 s")


@pytest.fixture(autouse=True)
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    GO.clear()
    write = lambda self, task, route, dataset, *_: dataset.to_netcdf(self.netcdf(task))
    monkeypatch.setattr(Folders, "write", write)
    yield
    GO.set()


def test_from_queue_to_end(tmp_path: Path) -> None:
    """As many at once as there are threads; each says how far it is."""
    with tasks(tmp_path) as found:
        ids = [found.submit(ROUTE, REQUEST).task for _ in range(at_once() + 1)]
        assert len(set(ids)) == len(ids) and all(len(each) >= 22 for each in ids)
        step(found, ids[0])
        assert (found.get(ids[0]).step, found.get(ids[0]).steps) == (1, 2)  # type: ignore[union-attr]
        assert found.get(ids[-1]).status == "queued"  # type: ignore[union-attr]
        GO.set()
        for each in ids:
            record = until(found, each, "finished")
            assert (record.step, record.steps, record.attempts) == (2, 2, 1)
            assert found.book.folders.netcdf(each).is_file()
    # By now all is told: that each came, and that none is left. (Two may end at once.)
    assert OPEN[: len(ids) + 1] == [*range(len(ids) + 1)] and OPEN[-1] == 0


def test_cancelled(tmp_path: Path) -> None:
    """A running task ends between two steps, a queued one never begins; an ended one stays so."""
    with tasks(tmp_path) as found:
        ids = [found.submit(ROUTE, REQUEST).task for _ in range(at_once() + 1)]
        step(found, ids[0])
        for each in (ids[0], ids[-1]):
            found.cancel(each)
            assert found.get(each).status == "cancelled"  # type: ignore[union-attr]
        for _ in range(500):
            if ids[0] not in found.book.stops:
                break
            time.sleep(0.01)
        assert ids[0] not in found.book.stops  # the work has ended, though nobody said GO
        GO.set()
        done = until(found, ids[1], "finished")
        found.cancel(done.task)
        assert found.get(done.task) == done
        last = until(found, ids[-1], "cancelled")
        assert last.attempts == 0 and not found.book.folders.netcdf(last.task).exists()


def test_what_is_finished_stays_for_the_next_process(tmp_path: Path) -> None:
    """It does not for a task that is cancelled, or done."""
    kept: list[Path] = []

    def keeping(route: Any, request: Any, stop: Any, progress: Any, file: Path) -> xr.Dataset:
        kept.append(file.with_name(f"{file.name}.unfinished-0123"))
        kept[-1].mkdir(exist_ok=True)
        return waiting(route, request, stop, progress, file)

    with tasks(tmp_path, keeping) as found:
        cancelled = found.submit(ROUTE, REQUEST).task
        step(found, cancelled)
        found.cancel(cancelled)
        until(found, cancelled, "cancelled")
        ended = found.submit(ROUTE, REQUEST).task
        step(found, ended)
    assert not kept[0].exists() and kept[1].exists()
    with tasks(tmp_path, keeping) as found:
        step(found, ended)
        assert kept[2] == kept[1] and kept[1].exists()


def test_failed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With what the house's error says; of any other error nothing is told."""
    errors: list[Exception] = [BadData("odd", where="date", fix="ask well"), KeyError("secret")]

    def failing(*_: Any) -> None:
        raise errors.pop(0)

    with tasks(tmp_path, failing) as found:
        record = until(found, found.submit(ROUTE, REQUEST).task, "failed")
        assert record.to_dict()["error"] == {"what": "odd", "where": "date", "fix": "ask well"}
        record = until(found, found.submit(ROUTE, REQUEST).task, "failed")
        assert record.to_dict()["error"]["what"] == "internal error"
        assert "secret" in caplog.text


def test_kept_for_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    GO.set()
    with tasks(tmp_path) as found:
        kept = until(found, found.submit(ROUTE, REQUEST).task, "finished")
        assert kept.expires is not None and kept.expires - time.time() == pytest.approx(
            24 * 3600, abs=60
        )
        monkeypatch.setenv("THERMOCLINE_KEEP_HOURS", "0.0001")
        gone = found.submit(ROUTE, REQUEST).task
        until(found, gone, "finished")
        time.sleep(0.4)
        assert found.get(gone) is None and found.book.folders.of(gone).is_dir()
        found.upkeep.sweep()
        assert (
            not found.book.folders.of(gone).exists() and found.book.folders.of(kept.task).is_dir()
        )
        monkeypatch.setattr(upkeep, "MAX_ENDED", 1)
        last = found.submit(ROUTE, REQUEST).task
        until(found, last, "finished")
        found.upkeep.sweep()
        assert found.get(kept.task) is None and not found.book.folders.of(kept.task).exists()


@pytest.mark.parametrize("hours", ["a day", "-1", "nan", "inf", "1e9"])
def test_no_number_of_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    """Is said when the service starts, and not when its first task has ended."""
    monkeypatch.setenv("THERMOCLINE_KEEP_HOURS", hours)
    with pytest.raises(BadConfig, match="THERMOCLINE_KEEP_HOURS"), tasks(tmp_path):
        pass


def test_an_upload_of_a_service_that_was_killed_while_it_kept_it(tmp_path: Path) -> None:
    """Is removed with what belongs to no task; what is not of this service stays."""
    task = "a" * 22
    with atomic_directory(tmp_path / "made" / task) as written:
        names = f".{task}.pid1-x_9", written.name, ".git"
    unnamed, left, other = (tmp_path / "requests" / name for name in names)
    for folder in (unnamed, left, other):
        folder.mkdir(parents=True)
        (folder / "profiles.csv").write_text("1")
    with tasks(tmp_path):
        assert not left.exists() and not unnamed.exists() and other.exists()


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OPEN", 1)
    with tasks(tmp_path) as found:
        found.submit(ROUTE, REQUEST)
        with pytest.raises(Refused, match="too many tasks") as refused:
            found.submit(ROUTE, REQUEST)
        assert refused.value.status == 429
        with pytest.raises(BadFile, match="another service"):
            Tasks(tmp_path, waiting, OPEN.append)


def test_a_service_that_is_ended_well_leaves_its_tasks_to_the_next(tmp_path: Path) -> None:
    """However often: that they were not finished is no fault of theirs."""
    with tasks(tmp_path) as found:
        task = found.submit(ROUTE, REQUEST).task
        step(found, task)
    for _ in range(2):
        with tasks(tmp_path) as found:
            step(found, task)
    with tasks(tmp_path) as found:
        GO.set()
        assert until(found, task, "finished").attempts == 1


KILLED = """
import sys, time
sys.path[:0] = sys.argv[2:]
import test_tasks
from pathlib import Path
found = test_tasks.Tasks(Path(sys.argv[1]), test_tasks.waiting, test_tasks.OPEN.append)
if not found.book.records.of("queued", "running"):
    for _ in range(test_tasks.at_once() + 1):
        found.submit(test_tasks.ROUTE, test_tasks.REQUEST)
while len(found.book.records.of("running")) < test_tasks.at_once():
    time.sleep(0.01)
print("running", flush=True)
time.sleep(60)
"""


def killed(python: str, home: Path) -> None:
    """A service that is killed while it works on its tasks, and has another that waits."""
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    command = [python, "-c", KILLED, str(home), *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "running\n"
        process.kill()
        process.stdout.read()  # until whatever wrote there is gone


def test_a_killed_service_loses_nothing(tmp_path: Path, warm_python: str) -> None:
    """What it worked on is done by the next; what that is killed over as well, fails."""
    killed(warm_python, tmp_path / "once")
    GO.set()
    with tasks(tmp_path / "once") as found:
        left = [until(found, each.task, "finished") for each in found.book.records.of(*module.OPEN)]
        attempts = sorted(each.attempts for each in found.book.records.of("finished"))
        assert attempts == [1, *[2] * at_once()] and len(left) <= len(attempts)
    GO.clear()
    killed(warm_python, tmp_path / "twice")
    killed(warm_python, tmp_path / "twice")
    GO.set()
    with tasks(tmp_path / "twice") as found:
        failed = found.book.records.of("failed")
        assert len(failed) == at_once()
        assert "2 times" in failed[0].to_dict()["error"]["what"]
        (waited,) = (each for each in found.book.records.of("queued", "running", "finished"))
        assert until(found, waited.task, "finished").attempts == 1
