"""A sweep on two hosts of which one is cut off for a while: every trial is finished once."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_workers import lines, study_at

import postgres as server
from thermocline.tuning.storage import original
from thermocline.tuning.study import FINISHED, outcome

TARGET = 60
CUT = 22.0
"""Seconds: longer than a trial may be silent (15 s), and than a connection may (20 s)."""


class Host:
    """A network namespace with an address of its own, and a link to this machine."""

    def __init__(self, number: int):
        self.name, self.link = f"tc{os.getpid()}n{number}", f"tc{os.getpid() % 100000}v{number}"
        self.here, self.own = f"10.213.{number}.1", f"10.213.{number}.2"

    def __enter__(self) -> "Host":
        ip("netns", "add", self.name)
        ip("link", "add", self.link, "type", "veth", "peer", "name", "out", "netns", self.name)
        ip("addr", "add", f"{self.here}/24", "dev", self.link)
        self.reach(True)
        ip("-n", self.name, "addr", "add", f"{self.own}/24", "dev", "out")
        for device in ("lo", "out"):
            ip("-n", self.name, "link", "set", device, "up")
        return self

    def __exit__(self, *_: object) -> None:
        ip("netns", "del", self.name)

    def reach(self, it: bool) -> None:
        """Plug the link in, or pull it out."""
        ip("link", "set", self.link, "up" if it else "down")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    if "THERMOCLINE_NAMESPACES" not in os.environ:
        pytest.skip("it makes network namespaces: set THERMOCLINE_NAMESPACES=1")
    if not shutil.which("ip") or os.geteuid() != 0:
        pytest.skip("network namespaces need root and the program `ip` (Debian: iproute2)")
    try:
        with Host(1) as one, Host(2) as two:
            yield [one, two]
    except subprocess.CalledProcessError as problem:
        pytest.skip(f"this machine makes no network namespaces: {problem.stderr}")


def start(host: Host, address: str, log: Path) -> "subprocess.Popen[bytes]":
    script = str(Path(__file__).with_name("cheap_worker.py"))
    inside = ["ip", "netns", "exec", host.name, sys.executable, script, address, str(TARGET)]
    return subprocess.Popen([*inside, str(log)], env=os.environ | {"OMP_NUM_THREADS": "1"})


def test_a_host_is_cut_off_and_comes_back(project: Path, hosts: list[Host]) -> None:
    logs = [project / f"worker{number}.log" for number in range(4)]
    with tempfile.TemporaryDirectory(prefix="postgres-") as parent:
        Path(parent).chmod(0o711)
        addresses = [host.here for host in hosts]
        with server.running(Path(parent) / "server", *addresses) as new_database:
            here = new_database()
            at = [here.replace("127.0.0.1", host.here) for host in hosts]
            workers = [start(hosts[n // 2], at[n // 2], log) for n, log in enumerate(logs)]
            try:
                wait(lambda: all(len(lines([log], "end")) > 2 for log in logs), workers)
                hosts[1].reach(False)
                time.sleep(CUT)
                hosts[1].reach(True)
                back = len(lines(logs[2:], "begin"))
                assert [worker.wait(240) for worker in workers] == [0, 0, 0, 0]
            finally:
                for worker in workers:
                    worker.kill()
            study = study_at(here)
            trials = study.get_trials()
    done = [original(trial) for trial in trials if trial.state in FINISHED]
    assert len(done) == len(set(done)) == TARGET
    killed = [trial for trial in trials if outcome(trial) == "killed"]
    assert len(trials) == TARGET + len(killed)
    print(f"{len(killed)} came back; {len(lines(logs[2:], 'begin')) - back} begun there afterwards")


def wait(until, workers: list["subprocess.Popen[bytes]"]) -> None:
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < 120
        assert all(worker.poll() is None for worker in workers)
        time.sleep(0.1)
