"""What tests of several rooms need."""

from collections.abc import Iterator

import pytest

import postgres as server


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.NewDatabase]:
    """A function that makes an empty PostgreSQL database and returns its SQLAlchemy address."""
    with server.temporary() as new_database:
        yield new_database
