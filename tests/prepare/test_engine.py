"""Parts on workers: the store does not depend on who made what, nor on what was killed."""

import os
import pickle
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from counted_parts import ONE, archive, calls, store
from distributed import Scheduler, SpecCluster
from pydantic import ValidationError

from thermocline.config import PrepareConfig
from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.prepare import cluster, engine
from thermocline.prepare.parts import Part, code_digest, stated


@pytest.fixture(scope="module")
def workers():
    with cluster.local(2, 600_000_000) as mapped:
        yield mapped


@pytest.fixture
def on_workers(workers, monkeypatch):
    """Parts are made by the module's cluster; it started once."""

    @contextmanager
    def mapping(settings, most):
        yield partial(engine._in_turn, workers)

    monkeypatch.setattr(engine, "mapping", mapping)


@pytest.fixture
def plain(tmp_path):
    """The digest of a store that was made in this process, without files of parts."""
    folder = tmp_path / "plain"
    folder.mkdir()
    return store(folder, archive(folder))


@pytest.fixture
def large(monkeypatch):
    """Every archive is a large one."""
    monkeypatch.setattr(engine, "SMALL_ARCHIVE", -1)


def test_parts_in_files_make_the_same_store(tmp_path, plain, large):
    assert store(tmp_path, archive(tmp_path)) == plain
    assert not list(tmp_path.glob(".store-parts"))


def test_workers_make_the_same_store(tmp_path, plain, large, on_workers):
    assert store(tmp_path, archive(tmp_path)) == plain
    assert calls(tmp_path) == ["1990", "1991", "1992", "1993"]


def test_a_worker_that_is_killed_changes_nothing(tmp_path, plain, large, on_workers):
    parts = archive(tmp_path)
    (tmp_path / "deadly").touch()
    assert store(tmp_path, parts) == plain
    assert calls(tmp_path).count("1992") == 2


def test_what_a_killed_process_left_is_used(tmp_path, plain, large, warm_python):
    parts = archive(tmp_path)
    (tmp_path / "deadly").touch()
    script = Path(__file__).with_name("counted_parts.py")
    ran = subprocess.run([warm_python, str(script), str(tmp_path)], check=False)
    assert ran.returncode == -9 and not (tmp_path / "store.nc").exists()
    assert calls(tmp_path) == ["1990", "1991", "1992"]
    assert store(tmp_path, parts) == plain
    assert calls(tmp_path) == ["1992", "1993"]


def interrupted(folder):
    """The folder of parts of a store that nobody finished."""
    with (
        pytest.raises(ZeroDivisionError),
        engine.made(
            archive(folder), ONE, folder / "store.nc", lambda things, _: things, ""
        ) as samples,
    ):
        list(samples)
        raise ZeroDivisionError
    assert calls(folder) == ["1990", "1991", "1992", "1993"]
    return folder / ".store-parts"


def test_damaged_parts_are_made_again(tmp_path, plain, large):
    parts = archive(tmp_path)
    folder = interrupted(tmp_path)
    files = [folder / f"{part.key(code_digest())}.nc" for part in parts]
    with files[1].open("r+b") as stream:  # one byte
        stream.seek(-9, os.SEEK_END)
        byte = stream.read(1)
        stream.seek(-9, os.SEEK_END)
        stream.write(bytes([byte[0] ^ 1]))
    files[3].write_bytes(files[3].read_bytes()[:100])
    assert store(tmp_path, parts) == plain
    assert calls(tmp_path) == ["1991", "1993"]


def test_parts_of_changed_files_or_settings_are_made_again(tmp_path, large):
    interrupted(tmp_path)
    (tmp_path / "1991.txt").write_text("17")
    store(tmp_path, archive(tmp_path))
    assert calls(tmp_path) == ["1991"]
    part = archive(tmp_path)[0]
    others = [Part(part.name, part.function, (*part.arguments, 1), part.reads),
              Part(part.name, archive, part.arguments, part.reads)]  # fmt: skip
    keys = {each.key("code") for each in (part, *others)} | {part.key("other code")}
    assert len(keys) == 4
    assert pickle.loads(pickle.dumps(part)).key("code") == part.key("code")


def test_how_many_workers_there_are_is_no_part_of_a_key():
    assert stated(PrepareConfig(workers=1)) != stated(PrepareConfig(workers=2))
    from tiny_archive import DATA

    few, many = (DATA.model_copy(update={"prepare": PrepareConfig(workers=n)}) for n in (1, 3))
    assert stated(few) == stated(many)
    assert stated(np.arange(3)) != stated(np.arange(3.0))
    with pytest.raises(TypeError, match="cannot be stated"):
        stated(object())


def test_a_small_archive_needs_no_cluster(tmp_path, plain, monkeypatch):
    monkeypatch.delattr(engine, "mapping")
    assert store(tmp_path, archive(tmp_path), PrepareConfig(workers=2)) == plain


def test_nobody_listens_to_the_world(workers):
    me = psutil.Process()
    of = [each for p in (me, *me.children(recursive=True)) for each in p.net_connections("inet")]
    listening = [each.laddr for each in of if each.status == psutil.CONN_LISTEN]
    assert len(listening) >= 3
    assert {each.ip for each in listening} <= {"127.0.0.1", "::1"}


def test_a_scheduler_is_named_by_its_address(tmp_path, plain, workers, monkeypatch):
    client = workers.args[0]
    monkeypatch.setattr(cluster, "Security", lambda: client.security)
    settings = PrepareConfig(scheduler=client.scheduler.address)
    assert store(tmp_path, archive(tmp_path), settings) == plain
    with cluster.connected(settings.scheduler) as mapped:
        make = partial(engine._make, folder=tmp_path, code=code_digest()[::-1])
        with pytest.raises(BadConfig, match="another version"):
            list(mapped(make, archive(tmp_path)))
        elsewhere = partial(engine._at_root, len, root=tmp_path / "nowhere")
        with pytest.raises(BadFile, match="does not see this folder"):
            list(mapped(elsewhere, ["x"]))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://here", "127.0.0.1"])
def test_a_scheduler_that_is_not_there_is_an_error_in_seconds(tmp_path, address):
    start = time.monotonic()
    with pytest.raises(BadConfig, match="no Dask scheduler answers"):
        store(tmp_path, archive(tmp_path), PrepareConfig(scheduler=address))
    assert time.monotonic() - start < 20


def test_a_scheduler_without_workers_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "STARTING", 0.5)
    options = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "dashboard": False}
    with (
        SpecCluster(scheduler={"cls": Scheduler, "options": options}) as started,
        pytest.raises(BadConfig, match="no worker"),
    ):
        store(tmp_path, archive(tmp_path), PrepareConfig(scheduler=started.scheduler_address))


def test_an_error_of_a_worker_is_that_error(tmp_path, large, on_workers):
    parts = archive(tmp_path)
    (tmp_path / "1991.txt").write_text("no number")
    with pytest.raises(ValueError, match="no number"):
        store(tmp_path, parts)
    twice = [*parts[2:], Part("again", parts[2].function, parts[2].arguments, parts[2].reads)]
    with pytest.raises(BadData, match="appears twice"):
        store(tmp_path, twice)
    assert not (tmp_path / "store.nc").exists()


def test_memory_that_cannot_suffice_is_refused():
    assert PrepareConfig(workers=2, memory="1.2GB").share(2) == 425_000_000
    with pytest.raises(ValidationError, match="4 workers need at least"):
        PrepareConfig(workers=4, memory="1.2GB")
    assert PrepareConfig(memory="1.2GB").count == 1
