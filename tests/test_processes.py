"""Processes are known by more than their number, which repeats."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from thermocline.files import processes
from thermocline.files.processes import may_live, process_alive, this_process

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def test_a_killed_process_is_dead_before_its_parent_takes_note() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert process_alive(child.pid) and process_alive(os.getpid())
    child.kill()
    deadline = time.monotonic() + 10
    while process_alive(child.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not process_alive(child.pid)
    child.wait()
    assert not process_alive(child.pid)


def test_this_process_lives_by_its_whole_name_and_by_its_number() -> None:
    assert may_live(this_process()) and may_live(str(os.getpid()))
    assert not may_live("999999999") and not may_live(f"{10**30}")
    for name in ("", "x", "1_x", "²"):
        assert may_live(name), "nobody can tell"


@LINUX
def test_another_process_of_the_same_number_is_another() -> None:
    number, namespace, began = map(int, this_process().split("_"))
    assert not may_live(f"{number}_{namespace}_{began - 1}")
    assert may_live(f"999999999_{namespace + 1}_{began}"), "of a container: it cannot be seen"
    assert not may_live(f"999999999_{namespace}_{began}")


@LINUX
def test_a_process_keeps_its_name_and_a_child_has_another() -> None:
    code = "from thermocline.files.processes import this_process as p; print(p()); print(p())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    first, second = done.stdout.split()
    assert first == second != this_process()
    assert not may_live(first)


def test_where_proc_is_missing_a_number_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = this_process()
    monkeypatch.setattr(Path, "stat", _refused)
    monkeypatch.setattr(Path, "readlink", _refused)
    monkeypatch.setattr(Path, "read_text", _refused)
    assert this_process() == str(os.getpid()) and may_live(this_process())
    assert not may_live("999999999") and may_live(whole)


def test_a_proc_of_another_namespace_says_nothing_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the host's, shown to a container: its numbers are of other processes."""
    monkeypatch.setattr(Path, "readlink", lambda path: Path("1234567"))
    assert processes._began(os.getpid()) == 0


def _refused(*arguments: object, **options: object) -> None:
    raise OSError


@LINUX
def test_containers_that_share_a_folder_and_a_host_name_leave_each_other_s_alone(
    tmp_path: Path,
) -> None:
    """Each counts its processes on its own: the other's number is a dead process's here."""
    apart = ["unshare", "--fork", "--pid", "--mount-proc"]
    if not shutil.which("unshare") or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("needs the right to make namespaces")
    code = """if True:
        import sys
        from thermocline.files import scratch_directory
        with scratch_directory(sys.argv[1]) as folder:
            print(folder, flush=True)
            sys.stdin.read()
    """
    count_up = 'i=0; while [ $i -lt "$0" ]; do /bin/true; i=$((i+1)); done; "$@"; exit $?'
    begin = lambda number: subprocess.Popen(
        [*apart, "sh", "-c", count_up, number, sys.executable, "-c", code, str(tmp_path / "a")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with begin("40") as first:
        assert first.stdout
        one = Path(first.stdout.readline().strip())
        with begin("0") as second:
            assert second.stdout
            other = Path(second.stdout.readline().strip())
            assert one != other and one.is_dir() and other.is_dir()
            second.communicate("")
        first.communicate("")
