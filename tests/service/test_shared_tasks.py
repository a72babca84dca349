"""Services that share their tasks in a PostgreSQL: each task is done once, whoever ends."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from bento.limits import at_once
from bento.refusals import Refused
from bento.tasks import living
from bento.tasks.databases import DATABASE, FILES, connected, shared
from bento.tasks.living import NOW
from bento.tasks.records import QUEUED, Record
from bento.tasks.tasks import Tasks
from test_tasks import GO, REQUEST, ROUTE, go, step, tasks, until, waiting  # noqa: F401

from postgres import NewDatabase
from thermocline.errors import BadConfig

BEAT, DEAD = 0.2, 2.5
Open = Callable[..., Tasks]


@pytest.fixture
def folder(
    tmp_path: Path, postgres: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """What services share, with lives that are short."""
    monkeypatch.setenv(DATABASE, postgres())
    monkeypatch.setenv(FILES, str(tmp_path / "files"))
    monkeypatch.setenv("THERMOCLINE_AT_ONCE", "2")
    monkeypatch.setattr(living, "BEAT", BEAT)
    monkeypatch.setattr(living, "DEAD", DEAD)
    yield tmp_path
    GO.set()


@pytest.fixture
def service(folder: Path) -> Iterator[Open]:
    """Opens services, each with a folder of its own beside."""
    with ExitStack() as stack:
        count = iter(range(9))
        yield lambda answering=waiting: stack.enter_context(
            tasks(folder / f"home{next(count)}", answering)
        )


def test_any_service_tells_of_a_task_and_ends_it(service: Open) -> None:
    one, other = service(), service()
    both = 2 * at_once()
    ids = [one.submit(ROUTE, REQUEST).task for _ in range(both + 1)]
    for each in ids[:both]:  # they work on as many as both can
        until(other, each, "running")
    owners = {record.owner for record in one.book.records.of("running")}
    assert owners == {one.book.owner, other.book.owner}
    elsewhere = next(r.task for r in one.book.records.of("running") if r.owner == other.book.owner)
    step(one, elsewhere)
    assert (one.get(elsewhere).step, one.get(elsewhere).steps) == (1, 2)  # type: ignore[union-attr]
    one.cancel(elsewhere)
    for _ in range(500):
        if elsewhere not in other.book.stops:
            break
        time.sleep(0.01)
    assert elsewhere not in other.book.stops, "the other service works on a task that was cancelled"
    GO.set()
    for each in set(ids) - {elsewhere}:
        record = until(one, each, "finished")
        assert record.attempts == 1
        assert one.book.folders.netcdf(each) == other.book.folders.netcdf(each)
        assert one.book.folders.netcdf(each).is_file()
    assert one.get(elsewhere).status == "cancelled"  # type: ignore[union-attr]


KILLED = """
import sys, time
sys.path[:0] = sys.argv[2:]
import test_shared_tasks as test
from pathlib import Path
test.living.BEAT, test.living.DEAD = test.BEAT, test.DEAD
found = test.Tasks(Path(sys.argv[1]), test.waiting, lambda count: None)
print("lives", flush=True)
while not any(each.owner == found.book.owner for each in found.book.records.of("running")):
    time.sleep(0.01)
print("running", flush=True)
time.sleep(60)
"""


class Killed:
    """A service in a process of its own, which is killed while it works."""

    def __init__(self, python: str, home: Path):
        paths = [str(Path(__file__).parents[k]) for k in (0, 1, 2)]
        command = [python, "-c", KILLED, str(home), *paths]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        self.heard("lives")

    def heard(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{word}\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.slow
def test_a_killed_service_s_tasks_are_done_by_another(
    folder: Path, service: Open, warm_python: str
) -> None:
    """Of a task over which two are killed, that is said."""
    submitted: Record | None = None
    for number in range(2):
        dying = Killed(warm_python, folder / f"dying{number}")
        if submitted is None:
            keeper = service()
            for (
                queue
            ) in keeper.book.queues.values():  # it submits, and leaves the work to the other
                queue.stop(5)
            submitted = keeper.submit(ROUTE, REQUEST)
        dying.heard("running")
        dying.kill()
    failed = until(keeper, submitted.task, "failed")
    assert "2 times" in failed.to_dict()["error"]["what"]
    dying = Killed(warm_python, folder / "dying2")
    task = keeper.submit(ROUTE, REQUEST).task
    dying.heard("running")
    dying.kill()
    other = service()
    GO.set()
    done = until(other, task, "finished")
    assert done.attempts == 2 and done.owner == other.book.owner


def test_who_ends_well_leaves_its_work_to_others(folder: Path, service: Open) -> None:
    with tasks(folder / "ending") as ending:
        task = ending.submit(ROUTE, REQUEST).task
        step(ending, task)
        other = service()
    step(other, task)
    GO.set()
    done = until(other, task, "finished")
    assert (done.attempts, done.owner) == (1, other.book.owner)


def test_who_was_taken_for_dead_stops(service: Open) -> None:
    """A task that another service has taken up is no longer ended by the one that lost it."""
    found = service()
    task = found.submit(ROUTE, REQUEST).task
    step(found, task)
    other = found.book.living
    assert other is not None
    with connected(other.engine) as connection:  # one that lives for an hour
        connection.execute(living.SERVICES.insert().values(owner="another", seen=NOW + 3600))
    assert found.book.records.move(task, ("running",), "running", found.book.owner, owner="another")
    for _ in range(500):
        if task not in found.book.stops:
            break
        time.sleep(0.01)
    GO.set()
    record = found.get(task)
    assert record is not None and task not in found.book.stops
    assert (record.owner, record.status, record.attempts) == ("another", "running", 1)
    assert not found.book.folders.netcdf(task).exists()


def test_what_a_service_has_no_model_for_is_left_to_others(folder: Path, service: Open) -> None:
    with ExitStack() as stack:
        unable = stack.enter_context(tasks(folder / "unable"))
        unable.book.able = lambda route: False
        GO.set()
        task = unable.submit(ROUTE, REQUEST).task
        time.sleep(1)
        assert unable.get(task).status == "queued"  # type: ignore[union-attr]
        able = service()
        done = until(able, task, "finished")
        assert (done.attempts, done.owner) == (1, able.book.owner)


def test_a_lost_message_is_sent_again(service: Open) -> None:
    """Of a service that was killed between taking it and beginning."""
    found = service()
    GO.set()
    record = Record("x" * 22, ROUTE.endpoint.route, QUEUED, 0, time.time())
    found.book.folders.keep(record.task, ROUTE, REQUEST)
    found.book.records.add(record)
    assert until(found, record.task, "finished").attempts == 1


def test_a_task_that_is_queued_twice_is_done_once(service: Open) -> None:
    found = service()
    record = found.submit(ROUTE, REQUEST)
    step(found, record.task)
    for _ in range(3):
        found.book.put(record)
    time.sleep(2 * DEAD)  # in which a task that nobody works on would be taken up
    GO.set()
    assert until(found, record.task, "finished").attempts == 1


def test_who_ends_leaves_what_waits_to_others(folder: Path, service: Open) -> None:
    """Also what it takes from the queue while it ends."""
    with tasks(folder / "ending") as ending:
        ids = [ending.submit(ROUTE, REQUEST).task for _ in range(at_once() + 3)]
        step(ending, ids[0])
    other = service()
    GO.set()
    done = [until(other, task, "finished") for task in ids]
    assert {(each.attempts, each.owner) for each in done} == {(1, other.book.owner)}


def test_a_database_that_is_away_is_told(service: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    found = service()
    address = found.book.records.engine.url.set(port=1, host="127.0.0.1")
    from sqlalchemy import create_engine

    monkeypatch.setattr(found.book.records, "engine", create_engine(address))
    for ask in (lambda: found.submit(ROUTE, REQUEST), lambda: found.get("x" * 22)):
        with pytest.raises(Refused, match="does not answer") as refused:
            ask()
        assert refused.value.status == 503 and refused.value.retry
    monkeypatch.undo()


def test_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(DATABASE, raising=False)
    monkeypatch.delenv(FILES, raising=False)
    assert shared() is None
    monkeypatch.setenv(DATABASE, "postgresql://user:secret@host/name")
    with pytest.raises(BadConfig, match="set alone"):
        shared()
    monkeypatch.setenv(FILES, str(tmp_path))
    found = shared()
    assert found is not None and found.files == tmp_path / "thermocline-tasks"
    assert found.database.drivername == "postgresql+psycopg"
    assert found.database.password == "secret" and "secret" not in str(found)
    for wrong in ("sqlite:///x.db", "secret host"):
        monkeypatch.setenv(DATABASE, wrong)
        with pytest.raises(BadConfig, match="no address of PostgreSQL") as refused:
            shared()
        assert "secret" not in str(refused.value)
