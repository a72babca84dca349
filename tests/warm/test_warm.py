"""The stand-in of `python` does what Python does, to the exit status and the signal."""

import os
import signal
import subprocess
import sys
import time

import pytest
from dvc.utils.serialize import load_yaml


@pytest.fixture(params=["cold", "warm"])
def python(request, warm_python):
    return warm_python if request.param == "warm" else sys.executable


def run(python, *arguments, **options):
    return subprocess.run([python, *arguments], capture_output=True, text=True, **options)


def test_streams_arguments_folder_and_environment(python, tmp_path):
    code = """
import os, sys, tempfile
print(sys.argv, os.getcwd(), os.environ['TMPDIR'] == tempfile.gettempdir(), input())
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = run(python, "-c", code, "x", "-y", input="said\n", cwd=tmp_path, env=environment)
    assert done.stdout == f"['-c', 'x', '-y'] {tmp_path} True said\n"


@pytest.mark.parametrize(
    "code, status, error",
    [
        ("pass", 0, ""),
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('error: told')", 1, "error: told\n"),
        ("import os; os.kill(os.getpid(), 9)", -9, ""),
        ("import os; os.abort()", -6, ""),
        ("import atexit, os; atexit.register(os._exit, 5)", 5, ""),
    ],
)
def test_it_ends_as_python_does(python, code, status, error):
    done = run(python, "-c", code)
    assert (done.returncode, done.stderr) == (status, error)


def test_scripts_and_modules_see_their_own_sources(python, tmp_path):
    """A script's folder comes first, then PYTHONPATH; nothing of an earlier command is left."""
    (tmp_path / "sources").mkdir()
    for number in (1, 2):
        (tmp_path / "sources/mine.py").write_text(f"NUMBER = {number}\n")
        (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
        (tmp_path / "script.py").write_text("import beside, mine\nprint(__name__, mine.NUMBER)\n")
        environment = os.environ | {
            "PYTHONPATH": str(tmp_path / "sources"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = run(python, str(tmp_path / "script.py"), env=environment)
        assert done.stdout == f"__main__ {number}\n", done.stderr
        done = run(python, "-W", "ignore", "-m", "script", env=environment, cwd=tmp_path)
        assert done.stdout == f"__main__ {number}\n", done.stderr


def test_open_pipes_are_inherited(python):
    reading, writing = os.pipe()
    code = f"import os; os.write({writing}, b'through')"
    assert run(python, "-c", code, pass_fds=[writing]).returncode == 0
    os.close(writing)
    assert os.read(reading, 100) == b"through"
    os.close(reading)


def test_signals_reach_the_process_and_sigkill_its_children(python, tmp_path):
    """An interrupt is one; after a SIGKILL nothing goes on in the background."""
    code = """
import signal, sys, time
# A run of tests in the background may have been told to ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    print("begun", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(3)
"""
    for number, status in ((signal.SIGINT, 3), (signal.SIGTERM, -15), (signal.SIGKILL, -9)):
        with subprocess.Popen([python, "-c", code], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "begun\n"
            process.send_signal(number)
            # The pipe ends when the last process that holds it has.
            assert process.stdout.read() == "" and process.wait(20) == status


def test_only_what_is_not_ours_is_imported_before(warm_python):
    code = "import sys; print([n for n in sys.modules if n.startswith('thermocline')])"
    assert run(warm_python, "-c", code).stdout == "[]\n"
    began = time.perf_counter()
    code = "import sys; assert 'torch' in sys.modules and 'mlflow' in sys.modules"
    assert run(warm_python, "-c", code).returncode == 0
    assert time.perf_counter() - began < 5


def test_dvc_reads_and_writes_the_same(warm_python, tmp_path):
    """Its lock files, quickly: what it writes here is what it reads elsewhere."""
    code = """
import sys
from collections import OrderedDict
from dvc.utils.serialize import dump_yaml, load_yaml, modify_yaml
deps, params = [OrderedDict(path="x", size=3)], {"p": [1e-7, None, "0"]}
stage = OrderedDict(cmd="a: b", deps=deps, params=params)
dump_yaml(sys.argv[1], {"schema": "2.0", "stages": {"one": stage}})
with modify_yaml(sys.argv[1]) as lock:
    lock["stages"]["two"] = dict(stage, outs=lock["stages"]["one"]["deps"])
"""
    found = []
    for python in (warm_python, sys.executable):
        path = tmp_path / f"{len(found)}.lock"
        ran = run(python, "-c", code, str(path))
        assert ran.returncode == 0, ran.stderr
        found.append(load_yaml(path))
    assert found[0] == found[1] and list(found[0]["stages"]) == ["one", "two"]
    assert found[0]["stages"]["two"]["outs"] == [{"path": "x", "size": 3}]


def test_figures_are_blank_where_that_is_asked_for(warm_python, tmp_path):
    code = """
import sys
from matplotlib.figure import Figure
Figure().savefig(sys.argv[1], format="png", dpi=50)
"""
    sizes = []
    for asked in ("", "1"):
        environment = os.environ | {"WARM_BLANK_FIGURES": asked}
        path = tmp_path / f"figure{asked}.png"
        assert run(warm_python, "-c", code, str(path), env=environment).returncode == 0
        assert path.read_bytes().startswith(b"\x89PNG")
        sizes.append(path.stat().st_size)
    assert sizes[1] < 100 < sizes[0]
