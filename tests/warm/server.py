"""A Python process with heavy packages imported, which forks for every command that it is sent.

    server.py SOCKET OWNER

Thermocline's stages need a second or two for tiny data, and five to ten for their imports. Here
the imports are made once a test run. Thermocline's own modules are not among them: each command
imports those of its own PYTHONPATH.

A request (see client.py) brings arguments, folder, environment and the three standard streams; a
child takes them over and goes on as `python ARGUMENTS` would. Signals come as bytes and are sent
to the child; when the connection is lost, because its client was killed, so is the child's group.
The reply is the child's exit status. The server ends when the process OWNER has.
"""

import atexit
import base64
import fcntl
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import traceback
import types
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from undurable import wait_for_no_disk

HEAVY = [
    *("numpy", "scipy.linalg", "scipy.ndimage", "scipy.sparse.linalg", "scipy.spatial"),
    *("pandas", "xarray", "netCDF4", "zarr", "dask.array", "matplotlib.pyplot", "rich.progress"),
    *("torch", "torch.nn.functional", "lightning", "safetensors.torch", "yaml", "typer", "httpx"),
    *("mlflow", "mlflow.pyfunc", "mlflow.cli", "mlflow.store.tracking.sqlalchemy_store"),
    *("mlflow.store.model_registry.sqlalchemy_store", "mlflow.projects", "optuna", "bentoml"),
    *("great_expectations", "dvc.cli", "dvc.commands.repro", "dvc.repo", "dvc.stage"),
    *("dvc_data.hashfile", "dvc_objects.fs.local", "pydantic", "sqlalchemy", "alembic.command"),
    *("distributed", "h5py", "pyproj", "tabulate", "omegaconf", "cf_xarray", "gsw", "cmocean"),
    "torch._dynamo",  # an optimiser's first step imports it, for seconds
    "optuna.importance",  # and with it sklearn
]
CHECK_SECONDS = 1.0
MOST_STREAMS = 200
OUT_OF_THE_WAY = 500
BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
"""A PNG of one white pixel."""


def preload() -> None:
    """Import what is installed of HEAVY; no tensor is computed, so that no thread is started."""
    for name in HEAVY:
        with suppress(ImportError):
            importlib.import_module(name)
    read_locks_quickly()
    wait_for_no_disk()
    ours = [name for name in sys.modules if name.partition(".")[0] == "thermocline"]
    if ours:
        sys.exit(f"imported before the fork: {ours}")
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 100)  # as in the tests, whose processes these are


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A request and its open streams."""
    head, streams, _, _ = socket.recv_fds(connection, 4, MOST_STREAMS)
    (size,) = struct.unpack("!I", head)
    text = b""
    while len(text) < size:
        part = connection.recv(size - len(text))
        if not part:
            raise ConnectionError
        text += part
    return json.loads(text), list(streams)


def serve(listener: socket.socket, owner: int) -> dict[str, Any]:
    """Answer until `owner` has ended; returns in children only, with what is to be run."""
    waker, wakes = socket.socketpair()
    for end in (waker, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(waker, selectors.EVENT_READ)
    children: dict[int, socket.socket] = {}
    groups: dict[socket.socket, int] = {}
    while True:
        for key, _ in selector.select(CHECK_SECONDS):
            ready = key.fileobj
            if ready is waker:
                with suppress(BlockingIOError):
                    waker.recv(4096)
            elif ready is listener:
                connection, _ = listener.accept()
                try:
                    request, streams = receive(connection)
                except (OSError, ValueError, struct.error):
                    connection.close()
                    continue
                child = os.fork()
                if not child:
                    signal.set_wakeup_fd(-1)
                    selector.close()
                    for opened in (listener, waker, wakes, connection, *groups):
                        opened.close()
                    take_over(request, streams)
                    return request
                for stream in streams:
                    os.close(stream)
                children[child], groups[connection] = connection, child
                selector.register(connection, selectors.EVENT_READ)
            elif ready in groups:
                sent = b""
                with suppress(OSError):
                    sent = ready.recv(16)
                for number in sent or [signal.SIGKILL]:
                    with suppress(ProcessLookupError):
                        (os.kill if sent else os.killpg)(groups[ready], number)
                if not sent:
                    selector.unregister(ready)
                    groups.pop(ready)
        while children:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            connection = children.pop(ended)
            with suppress(OSError):
                connection.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))
            if groups.pop(connection, None):
                selector.unregister(connection)
            connection.close()
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            for child in children:
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
            shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)
            os._exit(0)


def take_over(request: dict[str, Any], streams: list[int]) -> None:
    """Become what was asked for: session, streams, signals, folder and environment."""
    os.setsid()
    # Under the numbers they have in the client; first out of the way of each other.
    moved = [fcntl.fcntl(stream, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY) for stream in streams]
    for stream in streams:
        os.close(stream)
    for target, stream in zip(request["streams"], moved, strict=True):
        os.dup2(stream, target)
        os.close(stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # Whoever is told to die takes along the group of the process that stands for it.
    os.environ["WARM_GROUP"] = str(request["group"])
    tempfile.tempdir = None  # which was found from the server's own TMPDIR
    if os.environ.get("PYTHONUNBUFFERED"):
        sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    import numpy as np

    np.random.seed()  # noqa: NPY002  (the state that packages share, not to be that of the others)


def read_locks_quickly() -> None:
    """DVC's YAML goes through libyaml, without comments, of which its lock has none.

    After each stage the lock file, of thousands of lines, is read and written anew, which takes
    seconds with what keeps them.
    """
    from collections import OrderedDict

    import yaml
    from dvc.utils.serialize import _yaml as of_dvc

    class Dumper(yaml.CSafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    plain = lambda dumper, data: dumper.represent_dict(data.items())
    Dumper.add_multi_representer(OrderedDict, plain)
    of_dvc.parse_yaml_for_update = lambda text, path: yaml.load(text, yaml.CSafeLoader) or {}
    of_dvc._dump = lambda data, stream: yaml.dump(data, stream, Dumper, sort_keys=False)


def draw_nothing() -> None:
    """Figures are written blank, where nobody looks at them: drawing takes seconds."""
    from matplotlib.figure import Figure

    def save(figure: Figure, path: str | Path, **options: Any) -> None:
        Path(path).write_bytes(BLANK)

    Figure.savefig = save  # type: ignore[method-assign]


def run(request: dict[str, Any], usual: list[str]) -> None:
    """Do what `python ARGUMENTS` does, with `usual` as the path of this installation."""
    if os.environ.get("WARM_BLANK_FIGURES"):
        draw_nothing()
    arguments = list(request["arguments"])
    sys.executable = request["executable"]
    sys.orig_argv = [sys.executable, *arguments]
    while arguments[0] == "-W":
        warnings._setoption(arguments[1])  # type: ignore[attr-defined]
        del arguments[:2]
    sources = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    sys.path[:] = [*sources, *usual]
    sys.modules.pop("sitecustomize", None)
    with suppress(ModuleNotFoundError):
        importlib.import_module("sitecustomize")
    kind = arguments[0]
    if kind == "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *arguments[2:]]
        sys.path.insert(0, "")
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(arguments[1], "<string>", "exec"), main.__dict__)
    else:
        sys.argv = arguments
        sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        main.__file__ = arguments[0]
        source = Path(arguments[0]).read_bytes()
        exec(compile(source, arguments[0], "exec"), main.__dict__)


def end(request: dict[str, Any], usual: list[str]) -> NoReturn:
    """Run, and end as Python does, but for taking apart thousands of modules, a second's work."""
    status: Any = 0
    try:
        run(request, usual)
    except SystemExit as ended:
        status = ended.code
        if status is not None and not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
    except KeyboardInterrupt:
        traceback.print_exc()
        status = -signal.SIGINT
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as Python does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit((status or 0) & 0xFF)


if __name__ == "__main__":
    installed = [p for p in sys.path[1:] if p not in os.environ.get("PYTHONPATH", "").split(":")]
    # Who asks before the imports are made waits for them.
    asked = socket.socket(socket.AF_UNIX)
    asked.bind(sys.argv[1])
    asked.listen(64)
    preload()
    end(serve(asked, int(sys.argv[2])), installed)
