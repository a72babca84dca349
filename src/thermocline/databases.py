"""Addresses of databases, as people write them and as SQLAlchemy wants them."""

import re

from thermocline.errors import BadConfig


def postgres_url(url: str) -> str:
    """The address with the driver that is installed, if it is PostgreSQL's and names none.

    `postgresql://…` and the older `postgres://…` stand for psycopg2 with SQLAlchemy; Thermocline
    brings psycopg 3. Any other address comes back as it is, and nothing after the scheme changes.
    """
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def without_password(url: str) -> str:
    """The address as it may be printed: with `***` for its password.

    Raises:
        BadConfig: if it is no address of a database, or has a password with an @ in it, of which
            the second half would be taken for the host; the message does not repeat it.
    """
    import sqlalchemy

    try:
        address = sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):  # the latter of a port that is no number
        raise BadConfig(
            "this is no address of a database",
            where="database",
            fix="write postgresql://USER:PASSWORD@HOST:5432/NAME or sqlite:///FILE.db",
        ) from None
    if "@" in (address.host or ""):
        raise BadConfig(
            "the address has more than one @",
            where="database",
            fix="in a password write %40 for @, %2F for /, %3A for :",
        )
    return address.render_as_string(hide_password=True)
