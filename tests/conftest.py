"""What tests of several rooms need, and what is made once a run however many processes run them.

Under xdist, tests of one file share a process (`--dist loadfile`), and what is dear and is only
read is made by whichever process asks first: see `shared`.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

import postgres as server

# Before anything imports NumPy or torch: each process computes on one thread. Two that share a
# machine of two cores with two threads each wait for each other; and tests compute little.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).resolve().parent / "warm"))

from undurable import wait_for_no_disk  # noqa: E402

wait_for_no_disk()

# How long an example takes is the machine's, and what else it has to do.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")

# Until the tests are collected: imports leave next to no garbage.
gc.disable()

Share = Callable[[str, Callable[[Path], None]], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long must not begin last; and no process waits while another makes what it needs.

    A file of flows first, which makes the project that all flows start from; beside it the files
    with slow tests; then the other flows; then the rest.
    """
    kinds: dict[Path, set[str]] = {}
    for item in items:
        if item.get_closest_marker("flow"):
            item.add_marker(pytest.mark.timeout(1800))
        kinds.setdefault(item.path, set()).update(mark.name for mark in item.iter_markers())
    flows = [path for path, marks in kinds.items() if "flow" in marks]
    makers = [item.path for item in items if "finished" in getattr(item, "fixturenames", ())]
    order = {path: 2 if "slow" in marks else 4 for path, marks in kinds.items()}
    order |= dict.fromkeys(flows, 3) | dict.fromkeys(makers[:1], 1)
    items.sort(key=lambda item: order[item.path])


def pytest_collection_finish() -> None:
    """What was imported stays: nothing looks for garbage there again, and elsewhere seldom.

    Tests import more, half a million objects, which took a tenth of their time to go through.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 100)
    gc.enable()


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """A test leaves the environment as it found it: imports set variables, too (the service's)."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Share:
    """`shared(name, make)`: a folder that `make` fills once a run; others wait for it, and read."""
    own = tmp_path_factory.getbasetemp()
    # A process of xdist has a folder within that of the run.
    run = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "shared"
    run.mkdir(exist_ok=True)

    def get(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = run / name, run / f"{name}.done"
        with FileLock(run / f"{name}.lock"):
            if not done.exists():
                folder.mkdir()  # fails for those who come after one that failed
                make(folder)
                done.touch()
        return folder

    return get


@pytest.fixture(scope="session")
def warm_python(shared: Share) -> str:
    """A `python` whose processes are forks of one that has imported heavy packages; see warm/."""
    import warm

    # The server goes when the run does: when this process, or that which started it, has ended.
    owner = os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()
    return str(shared("warm", lambda folder: warm.start(folder, owner)) / "bin" / "python")


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.NewDatabase]:
    """A function that makes an empty PostgreSQL database and returns its SQLAlchemy address."""
    with server.temporary() as new_database:
        yield new_database


@pytest.fixture(scope="session")
def empty_store(shared: Share) -> Path:
    """An MLflow database with its tables made, which is slow, to be copied for every test."""

    def make(folder: Path) -> None:
        from thermocline.registry.store.connection import connect

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
            connect().search_registered_models()

    return shared("empty_store", make) / "mlflow.db"
