"""Which services live that share their tasks: each says so every few seconds."""

import secrets
from collections.abc import Collection

from sqlalchemy import Column, Engine, Float, String, Table, func, select
from sqlalchemy.dialects.postgresql import insert

from bento.tasks.databases import alone, connected
from bento.tasks.records import TABLES

BEAT, DEAD = 5.0, 30.0
"""Seconds between two signs of life, and after which a service that gave none is dead."""

SERVICES = Table(
    "thermocline_services",
    TABLES,
    Column("owner", String, primary_key=True),
    Column("seen", Float, nullable=False),
)
NOW = func.extract("epoch", func.clock_timestamp())
"""By the database's clock, which is the same for all."""


class Living:
    """The table of services in a shared database.

    Attributes:
        owner: this process.
    """

    def __init__(self, engine: Engine):
        self.engine, self.owner = engine, secrets.token_hex(8)
        with alone(engine):
            TABLES.create_all(engine, tables=[SERVICES])
        self.beat()

    def beat(self) -> None:
        """Say that this one lives."""
        sign = insert(SERVICES).values(owner=self.owner, seen=NOW)
        with connected(self.engine) as connection:
            connection.execute(
                sign.on_conflict_do_update(index_elements=["owner"], set_={"seen": NOW})
            )

    def all(self) -> Collection[str]:
        """Those that gave a sign in the last DEAD seconds; the others are forgotten."""
        old = SERVICES.c.seen < NOW - DEAD
        with connected(self.engine) as connection:
            connection.execute(SERVICES.delete().where(old))
            return set(connection.scalars(select(SERVICES.c.owner)))

    def leave(self) -> None:
        """This one ends."""
        with connected(self.engine) as connection:
            connection.execute(SERVICES.delete().where(SERVICES.c.owner == self.owner))
