"""Where tasks are known: in a file of SQLite, or in a PostgreSQL that several services share.

A service by itself needs no setting. For several, THERMOCLINE_TASKS_DATABASE names a database of
PostgreSQL, and THERMOCLINE_TASKS_FILES a folder that all of them see, for requests and answers.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, InternalError, OperationalError, TimeoutError

from bento.refusals import Refused
from thermocline.databases import postgres_url
from thermocline.errors import BadConfig

logger = logging.getLogger("thermocline.service")
DATABASE, FILES = "THERMOCLINE_TASKS_DATABASE", "THERMOCLINE_TASKS_FILES"
"""Environment variables: an address, and a folder."""
FOLDER = "thermocline-tasks"
"""Within the shared one: what is in it is ours alone."""
LOCK = 7_284_201
"""A number of our own among PostgreSQL's advisory locks."""
PATIENCE = {"connect_timeout": "5", "tcp_user_timeout": "10000"}
"""libpq's settings for a host that does not answer: seconds, and milliseconds."""


@dataclass(frozen=True)
class Shared:
    """What several services share.

    Attributes:
        database: an address of PostgreSQL.
        files: a folder.
    """

    database: URL
    files: Path


def shared() -> Shared | None:
    """What is shared with other services, by the environment; None for nothing.

    Raises:
        BadConfig: for one setting without the other, and for an address of another kind.
    """
    address, files = os.environ.get(DATABASE), os.environ.get(FILES)
    if not address and not files:
        return None
    if not (address and files):
        raise BadConfig(
            f"{DATABASE if address else FILES} is set alone",
            where="environment",
            fix=f"set {DATABASE} and {FILES}, or neither",
        )
    try:
        url = make_url(postgres_url(address))
    except ArgumentError:
        url = URL.create("none")
    if url.get_backend_name() != "postgresql":
        fix = "write postgresql://USER:PASSWORD@HOST:5432/NAME"
        raise BadConfig("this is no address of PostgreSQL", where=DATABASE, fix=fix)
    return Shared(url.update_query_dict(PATIENCE | dict(url.query)), Path(files) / FOLDER)


def open_engine(home: Path, found: Shared | None) -> Engine:
    """The database of tasks: `tasks.db` in `home`, or the shared one."""
    if found is not None:
        return create_engine(found.database, pool_pre_ping=True, pool_size=4, max_overflow=28)
    engine = create_engine(f"sqlite:///{home / 'tasks.db'}")

    @event.listens_for(engine, "connect")
    def write_ahead(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")

    return engine


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A transaction; raises Refused (503) if the database does not answer."""
    try:
        with engine.begin() as connection:
            yield connection
    except (OperationalError, InternalError, TimeoutError) as problem:
        logger.warning("the database of tasks does not answer: %s", str(problem).splitlines()[0])
        fix = "wait, and ask again"
        raise Refused(503, "the database of tasks does not answer", "", fix, retry=10) from None


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Within it, no other service makes tables."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with connected(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield
