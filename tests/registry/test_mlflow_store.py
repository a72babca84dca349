"""A tracking store is whole or absent, whoever is killed while it is made."""

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from thermocline.registry.store import connection as store
from thermocline.registry.store.connection import ensure_store


def tables(path):
    with sqlite3.connect(path) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master")}


@pytest.fixture
def quickly(monkeypatch, empty_store):
    """The tables of a finished store, without the seconds they take."""

    def copy(uri):
        Path(uri.removeprefix("sqlite:///")).write_bytes(empty_store.read_bytes())

    monkeypatch.setattr(store, "make_tables", copy)


def test_a_new_store_has_all_tables_and_nothing_lies_beside_it(tmp_path, quickly):
    ensure_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert {"runs", "registered_models", "experiments"} <= tables(tmp_path / "mlflow.db")
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]


def test_one_that_is_there_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "mlflow.db").write_bytes(b"somebody's")
    monkeypatch.setattr(store, "make_tables", lambda uri: pytest.fail("made again"))
    ensure_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert (tmp_path / "mlflow.db").read_bytes() == b"somebody's"


def test_whoever_is_first_wins(tmp_path, monkeypatch):
    monkeypatch.setattr(
        store, "make_tables", lambda uri: (tmp_path / "mlflow.db").write_bytes(b"the other's")
    )
    ensure_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert (tmp_path / "mlflow.db").read_bytes() == b"the other's"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_empty_file_is_no_store(tmp_path, quickly):
    (tmp_path / "mlflow.db").touch()
    ensure_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert "runs" in tables(tmp_path / "mlflow.db")


def test_other_addresses_are_none_of_its_business(monkeypatch):
    monkeypatch.setattr(store, "make_tables", lambda uri: pytest.fail("made"))
    ensure_store("postgresql://somewhere/mlflow")
    ensure_store("http://localhost:5000")


def test_killed_while_tables_are_made(tmp_path, warm_python):
    """SIGKILL as soon as MLflow has begun to write: no store, and the next one is whole."""
    code = "import sys; from thermocline.registry.store import connection as store\n"
    code += "store.ensure_store(sys.argv[1])"
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    process = subprocess.Popen([warm_python, "-c", code, uri], stderr=subprocess.DEVNULL)
    begun = lambda: any(path.stat().st_size for path in tmp_path.glob(".mlflow*"))
    deadline = time.monotonic() + 120
    while process.poll() is None and not begun() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert begun() and not (tmp_path / "mlflow.db").exists()
    subprocess.run([warm_python, "-c", code, uri], check=True, capture_output=True)
    assert {"runs", "registered_models"} <= tables(tmp_path / "mlflow.db")
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]
