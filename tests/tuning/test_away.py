"""A PostgreSQL that is away when a worker starts: waited for, within bounds, and said."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread, Timer

import pytest
from examiners import Notes, bowl
from sqlalchemy import make_url

from thermocline.errors import BadConfig
from thermocline.systems.config import load_config
from thermocline.tuning import away
from thermocline.tuning.study import finished
from thermocline.tuning.sweep import run_sweep

NOWHERE = "postgresql://user:secret@127.0.0.1:1/name"


def test_it_is_waited_for_within_bounds(project: Path, monkeypatch) -> None:
    monkeypatch.setattr(away, "OUTAGE", 0.5)
    monkeypatch.setattr(away, "PAUSE", 0.1)
    notes, began = Notes(), time.monotonic()
    with pytest.raises(BadConfig, match=r"opened: connection .*start PostgreSQL") as caught:
        run_sweep(load_config(), "reconstruct", NOWHERE, 1, 9, notes, judge=bowl)
    assert 0.5 < time.monotonic() - began < 30
    (said,) = notes.notices
    assert "cannot be opened: connection" in said and "waited for" in said
    for text in (said, str(caught.value)):
        assert "secret" not in text and "write sqlite" not in text


def test_a_worker_that_starts_before_its_database(project: Path, postgres, monkeypatch) -> None:
    """It works as soon as it is reached; here the server's port opens late."""
    monkeypatch.setattr(away, "PAUSE", 0.1)
    address = make_url(postgres())
    with late_port(address.port, 1.0) as port:
        moved, notes = address.set(port=port).render_as_string(hide_password=False), Notes()
        study = run_sweep(load_config(), "reconstruct", moved, 2, 90, notes, judge=bowl)
        assert finished(study) == 2
        first, last = notes.notices
        assert "waited for" in first and "is there, after" in last


def test_a_refusal_ends_the_worker_at_once(project: Path, postgres) -> None:
    """A wrong password does not become right."""
    address = make_url(postgres())
    for wrong in (address.set(password="secret"), address.set(database="none")):
        notes, given = Notes(), wrong.render_as_string(hide_password=False)
        with pytest.raises(BadConfig, match="cannot be opened"):
            run_sweep(load_config(), "reconstruct", given, 1, 90, notes, judge=bowl)
        assert not notes.notices


@contextmanager
def late_port(to: int, seconds: float) -> Iterator[int]:
    """A port that refuses connections for so long, and then passes them on to another one."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        opens = Timer(seconds, _pass_on, (door, to))
        opens.daemon = True
        opens.start()
        yield door.getsockname()[1]
        opens.cancel()


def _pass_on(door: socket.socket, to: int) -> None:
    door.listen()
    while True:
        try:
            one = door.accept()[0]
        except OSError:  # it was closed
            return
        other = socket.create_connection(("127.0.0.1", to))
        for ends in ((one, other), (other, one)):
            Thread(target=_copy, args=ends, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # the other end was closed
        while content := source.recv(65536):
            target.sendall(content)
        target.close()
