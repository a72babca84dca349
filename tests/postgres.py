"""A real PostgreSQL on a free port of this machine, with a fresh database for whoever asks."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NewDatabase = Callable[[], str]
"""Makes an empty database and returns its SQLAlchemy address, postgresql+psycopg://…"""


def binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, which Debian keeps off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").is_file()), None)


@contextmanager
def running(folder: Path, *addresses: str) -> Iterator[NewDatabase]:
    """Serve from `folder`, which is made; whoever starts it as root has it run as nobody.

    With `addresses` of this machine its networks may ask, too.
    """
    import psycopg

    programs = binaries()
    if programs is None:
        pytest.skip(
            "PostgreSQL's server programs are not installed (Debian: apt install postgresql)"
        )
    folder.mkdir(mode=0o700)
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    account = _account(folder)
    options: dict[str, Any] = {"cwd": folder, **account}
    initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "tester"]
    initdb += ["--pwfile=password", "--auth=scram-sha-256", "--encoding=UTF8"]
    initdb += ["--no-locale", "--no-sync"]
    made = subprocess.run(
        initdb,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    assert made.returncode == 0, made.stdout
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "data/pg_hba.conf").open("a") as rules:
        rules.writelines(f"host all all {each}/24 scram-sha-256\n" for each in addresses)
    listen = ",".join(("127.0.0.1", *addresses))
    settings = [f"listen_addresses={listen}", f"port={port}", "unix_socket_directories="]
    settings += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]
    command = [str(programs / "postgres"), "-D", str(folder / "data")]
    command += [word for setting in settings for word in ("-c", setting)]
    server, count = f"tester:{password}@127.0.0.1:{port}", 0

    def new_database() -> str:
        nonlocal count
        count += 1
        with psycopg.connect(f"postgresql://{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE test{count}".encode())
        return f"postgresql+psycopg://{server}/test{count}"

    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **options)
    try:
        _wait(process, f"postgresql://{server}/postgres", folder / "log.txt")
        yield new_database
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's "fast": connections are cut
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)


@contextmanager
def temporary() -> Iterator[NewDatabase]:
    """`running` in a folder of its own that any account can reach, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as parent:
        Path(parent).chmod(0o711)
        with running(Path(parent) / "server") as new_database:
            yield new_database


def _account(folder: Path) -> dict[str, Any]:
    """Arguments of subprocess that leave root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    import psycopg

    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            psycopg.connect(address, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    process.kill()
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text()[-3000:]}")
