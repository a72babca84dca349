"""A service that is stopped answers, and ends in its time; a worker ends with its main process."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from bento import ending
from bento.guard import Guard
from bento.limits import Places
from bento.stopping import STOP
from serving import ROOT
from test_service import GOOD

METHODS = {"/echo": ("POST",)}


def test_how_long_an_end_may_take() -> None:
    assert ending.seconds(["x", "--timeout-graceful-shutdown", "10", "y"]) == 10
    for arguments in ([], ["--timeout-graceful-shutdown"], ["--timeout-graceful-shutdown", "x"]):
        assert ending.seconds(arguments) == ending.UNSAID


def test_who_waits_for_an_answer_when_the_service_ends_is_told_so() -> None:
    """In the one form; work that nobody waits for any more stops."""
    sent: list[Any] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        stop = STOP.get()
        assert stop is not None
        try:
            await asyncio.sleep(60)
        finally:
            stops.append(stop)

    stops: list[Any] = []
    guard = Guard(slow, "", METHODS, places=Places(most=1))

    async def ask() -> None:
        body = [{"type": "http.request", "body": b"{}", "more_body": False}]

        async def receive() -> Any:
            return body.pop() if body else await asyncio.sleep(60)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/echo", "headers": []}
        asking = asyncio.create_task(guard(scope, receive, send))
        while not guard.running:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(guard.end)
        await asking
        await asyncio.sleep(0.05)

    asyncio.run(ask())
    start, content = sent
    assert start["status"] == 503 and (b"retry-after", b"30") in start["headers"]
    assert json.loads(content["body"])["error"]["what"] == "this service is being stopped"
    assert len(stops) == 1 and stops[0]._wish.is_set() and not guard.handling
    assert guard.places.free["all"] == 1


def test_the_end_is_in_time_whatever_holds_the_process() -> None:
    """What is to be told is told in order; what the signal did before, it does."""
    code = f"""if True:
        import os, signal, sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from bento.ending import ENDING
        signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"before\\n"))
        ENDING.soon += [lambda: 1 / 0, lambda: os.write(1, b"soon\\n")]
        ENDING.late.append(lambda: os.write(1, b"late\\n"))
        ENDING.hear(1)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        time.sleep(60)
    """
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["before", "before", "late", "soon"]
    assert done.stdout.index("soon") < done.stdout.index("late")
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("look", ["end_with_parent", "look_at"])
def test_a_process_ends_with_its_parent(look: str) -> None:
    """By the system's signal where there is one, by looking elsewhere."""
    child = f"""if True:
        import os, sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from bento import ending
        import threading
        parent = os.getppid()
        if {look!r} == "look_at":
            threading.Thread(target=ending.look_at, args=(parent,), daemon=True).start()
        else:
            ending.end_with_parent(parent)
        print(os.getpid(), flush=True)
        time.sleep(120)
    """
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    number = int(process.stdout.readline())
    process.kill()
    process.wait()
    ended(number, 20)


def test_a_launcher_may_stand_between() -> None:
    """Then the process is looked at that is named, and the launcher is no matter."""
    child = f"""if True:
        import sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from bento import ending
        ending.end_with_parent(int(sys.argv[1]))
        print("here", flush=True)
        time.sleep(120)
    """
    named = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    command = [sys.executable, "-c", child, str(named.pid)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    time.sleep(1.5)
    assert process.poll() is None
    named.kill()
    named.wait()
    assert process.wait(20) == -signal.SIGTERM


def ended(process: int, seconds: float) -> float:
    """Wait for the end of a process that is not ours; how long that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        except OSError:
            return time.monotonic() - begun
        if stat.rpartition(")")[2].split()[0] == "Z":
            return time.monotonic() - begun
        time.sleep(0.05)
    os.kill(process, signal.SIGKILL)
    pytest.fail(f"it has not ended after {seconds} s")


Served = tuple[subprocess.Popen[bytes], httpx.Client, Path]


@pytest.fixture
def served(tiny_folder: Path, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a service whose end may take so many seconds."""
    started = []

    def serve(given: int, python: str = sys.executable) -> Served:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        changes = {
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_HOME": str(tmp_path / "home"),
            "OMP_NUM_THREADS": "1",
            "THERMOCLINE_MODEL": str(tiny_folder),
            "THERMOCLINE_TASKS": str(tmp_path / "tasks"),
        }
        log = tmp_path / "log.txt"
        command = ["bentoml", "serve", "bento.service:Thermocline", "--port", str(port)]
        with log.open("w") as stream:
            process = subprocess.Popen(
                [python, "-m", *command, ending.OPTION, str(given)],
                cwd=ROOT,
                env=os.environ | changes,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        for _ in range(600):
            with suppress(httpx.TransportError):
                if client.get("/readyz").status_code == 200:
                    return process, client, log
            time.sleep(0.25)
        pytest.fail(log.read_text()[-2000:])

    yield serve
    for process in started:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()


def test_a_request_that_is_being_answered(served: Callable[..., Served], warm_python: str) -> None:
    process, client, log = served(4, warm_python)
    long = {**GOOD, "members": 64}
    with ThreadPoolExecutor(28) as pool:
        answers = [pool.submit(client.post, "/reconstruct", json=long) for _ in range(28)]
        time.sleep(1)
        begun = time.monotonic()
        process.terminate()
        states = [answer.result() for answer in answers]
        process.wait(60)
        took = time.monotonic() - begun
    assert {answer.status_code for answer in states} <= {200, 503}, states[0].text
    refused = [answer for answer in states if answer.status_code == 503]
    assert refused
    assert all(answer.headers["retry-after"] == "30" for answer in refused)
    assert "is being stopped" in refused[0].json()["error"]["what"]
    said = log.read_text()
    assert "Traceback" not in said and "ASGI" not in said, said
    assert said.count("POST /reconstruct 503") == len(refused)
    assert took < 20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_whose_main_process_was_killed(served: Callable[..., Served]) -> None:
    """It ends within seconds, so that another service can have its port."""
    process, client, _ = served(6)
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    workers = [int(number) for number in found.split()]
    assert workers
    process.kill()
    for worker in workers:
        ended(worker, 20)
    with pytest.raises(httpx.TransportError):
        client.get("/livez")
