"""Uploads are read in processes of their own, whose end is no more than a refusal."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import reader_faults as faults
from bento.stopping import Stop, Stopped
from bento.uploads import forking
from bento.uploads.readers import Readers

from thermocline.answers.reading import Reader, read, reading_elsewhere
from thermocline.errors import BadData, BadFile
from thermocline.files.processes import process_alive

ROOT = Path(__file__).resolve().parents[2]
SOON = 2


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    made = Readers(ROOT, seconds=1, wall=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THERMOCLINE_TOKEN", "secret")
        made.start()
    yield made
    made.close()


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "upload.txt"
    path.write_text("one two three")
    return path


def asked(readers: Readers, reader: Reader, upload: Path, *values: Any) -> Any:
    with reading_elsewhere(readers.elsewhere(Stop())):
        return read(reader, upload, "a text", *values)


def works(readers: Readers, upload: Path) -> None:
    assert float(asked(readers, faults.count, upload)["count"]) == 3


def ended(processes: list[int], seconds: float) -> bool:
    """Whether they end in time; an orphan that nobody has taken note of yet has ended, too."""
    end = time.monotonic() + seconds
    while any(map(process_alive, processes)) and time.monotonic() < end:
        time.sleep(0.01)
    return not any(map(process_alive, processes))


def test_what_is_read_is_the_same_elsewhere(readers: Readers, upload: Path) -> None:
    values = 7, None, np.arange(6.0).reshape(2, 3)
    here = read(faults.facts, upload, "a text", *values)
    there = asked(readers, faults.facts, upload, *values)
    names = here["names"].astype(str)
    assert there.identical(here.assign(names=names)), there
    assert {n: v.dtype for n, v in there.variables.items()} == {
        n: names.dtype if n == "names" else v.dtype for n, v in here.variables.items()
    }


def test_refusals_have_their_words_but_no_value_of_the_file(readers: Readers, upload: Path) -> None:
    with pytest.raises(BadData) as refused:
        asked(readers, faults.refuse, upload)
    problem = refused.value
    assert (problem.what, problem.where) == ("… is odd", "upload.txt")
    assert problem.fix == f"look at {upload}"
    works(readers, upload)


@pytest.mark.parametrize(
    "reader, values, seconds",
    [
        (faults.fault, (signal.SIGSEGV,), SOON),
        (faults.fault, (signal.SIGKILL,), SOON),
        (faults.fault, (signal.SIGABRT,), SOON),
        (faults.lie, (), SOON),
        (faults.write, (), SOON),
        (faults.fill, (), SOON),
        (faults.spin, (), 4 + SOON),
        (faults.sleep, (), 4 + SOON),
    ],
)
def test_a_reader_that_ends_badly(
    readers: Readers, upload: Path, reader: Reader, values: tuple[Any, ...], seconds: float
) -> None:
    works(readers, upload)
    began = time.perf_counter()
    with pytest.raises(BadFile, match="cannot be read") as refused:
        asked(readers, reader, upload, *values)
    assert time.perf_counter() - began < seconds
    assert refused.value.where == "upload.txt" and "a text" in refused.value.fix
    works(readers, upload)
    written = upload.with_name("written")
    assert not written.exists() or not written.stat().st_size


def test_a_reader_reads_again_but_not_after_a_refusal(readers: Readers, upload: Path) -> None:
    process = lambda: int(asked(readers, faults.about, upload)["process"])
    known = {process() for _ in range(6)}
    assert len(known) <= len(readers.spare)
    for _ in range(6):
        with pytest.raises(BadData):
            asked(readers, faults.refuse, upload)
    assert not known & {process() for _ in range(6)}


def test_a_reader_is_given_little(readers: Readers, upload: Path) -> None:
    about = asked(readers, faults.about, upload)
    assert not about["secret"] and about["process"] != os.getpid()
    assert about["files"] <= 6  # streams, its socket, and what the listing itself takes
    assert 2**30 < about["limit"] < 2**33
    assert not asked(readers, faults.modules, upload)["torch"]


def test_a_fault_of_the_house_is_none_of_the_upload(readers: Readers, upload: Path) -> None:
    missing = lambda path: None
    missing.__qualname__ = "no_such_function"
    with pytest.raises(RuntimeError, match="no_such_function"):
        asked(readers, missing, upload)
    works(readers, upload)


def test_nobody_waits_for_the_answer(readers: Readers, upload: Path) -> None:
    stop = Stop()
    threading.Timer(0.3, stop.wish).start()
    began = time.perf_counter()
    with reading_elsewhere(readers.elsewhere(stop)), pytest.raises(Stopped):
        read(faults.sleep, upload, "a text")
    assert time.perf_counter() - began < SOON
    works(readers, upload)


def test_a_reader_whose_answer_nobody_wants_ends(readers: Readers, upload: Path) -> None:
    """However many leave: it does not read on until its time is over."""
    began = []
    for _ in range(len(readers.spare) + 1):
        stop = Stop()
        threading.Thread(target=wish_once_begun, args=(stop, upload)).start()
        with reading_elsewhere(readers.elsewhere(stop)), pytest.raises(Stopped):
            read(faults.begin, upload, "a text")
        (file,) = upload.parent.glob("began-*")
        began.append(int(file.name.removeprefix("began-")))
        file.unlink()
    assert len(set(began)) == len(began) and ended(began, SOON)
    works(readers, upload)


def wish_once_begun(stop: Stop, upload: Path) -> None:
    while not list(upload.parent.glob("began-*")):
        time.sleep(0.01)
    stop.wish()


def test_no_other_process_is_killed_in_place_of_a_reader_that_has_ended() -> None:
    """Its process id is forgotten as soon as another process may have it."""
    ended, living = (subprocess.Popen(["sleep", time]) for time in ("0", "60"))
    processes = {1: ended.pid, 2: living.pid}
    while len(processes) > 1:
        forking.forget_ended(processes)
    assert processes == {2: living.pid}
    forking.kill(processes | {}, 1)
    assert process_alive(living.pid)
    forking.kill(processes, 2)
    assert living.wait() == -signal.SIGKILL


def test_the_process_that_forks_is_replaced(readers: Readers, upload: Path) -> None:
    """And its readers end with it, however it ended."""
    works(readers, upload)
    assert readers.forks.process is not None
    forks = psutil.Process(readers.forks.process.pid)
    readings = [reading.pid for reading in forks.children()]
    forks.kill()
    readers.forks.process.wait()
    assert readings and ended(readings, SOON)
    works(readers, upload)
    assert readers.forks.process.pid != forks.pid


def test_everything_ends_with_the_service(upload: Path) -> None:
    made = Readers(ROOT)
    made.start()
    works(made, upload)
    assert made.forks.process is not None
    forks = psutil.Process(made.forks.process.pid)
    every = [forks.pid, *(reading.pid for reading in forks.children())]
    made.close()
    assert ended(every, 10)
