"""Addresses of databases: as people write them, as SQLAlchemy wants them, as logs may show them."""

import pytest
import sqlalchemy

from thermocline.databases import postgres_url, without_password
from thermocline.errors import BadConfig

REST = "ann:p%40ss%2Fw@db.example.org:5432/ocean?sslmode=require"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_installed_driver(scheme):
    url = sqlalchemy.make_url(postgres_url(f"{scheme}://{REST}"))
    assert url.drivername == "postgresql+psycopg" and url.get_dialect().import_dbapi()
    assert (url.password, url.host, url.database) == ("p@ss/w", "db.example.org", "ocean")
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg2://h/d", "sqlite:///postgresql://x.db", "http://h", "journal.log"]
)
def test_others_stay(url):
    assert postgres_url(url) == url


def test_a_server_answers_every_form(postgres):
    plain = postgres().replace("+psycopg", "")
    for url in (plain, plain.replace("postgresql:", "postgres:")):
        engine = sqlalchemy.create_engine(postgres_url(url))
        with engine.connect() as connection:
            version = connection.execute(sqlalchemy.text("SHOW server_version_num")).scalar()
        assert int(version) >= 130000
        engine.dispose()


def test_databases_are_fresh(postgres):
    engines = [sqlalchemy.create_engine(postgres()) for _ in range(2)]
    with engines[0].begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE only_here (id int)"))
    assert [sqlalchemy.inspect(e).get_table_names() for e in engines] == [["only_here"], []]
    for engine in engines:
        engine.dispose()


def test_passwords_are_not_shown():
    shown = without_password(f"postgresql://{REST}")
    assert shown.startswith("postgresql://ann:***@db.example.org:5432/ocean")
    for nonsense in (
        "ann p%40ss%2Fw",
        "postgresql://ann:p%40ss%2Fw@host:54x2/ocean",
        "postgresql://ann:half@p%40ss@host/ocean",  # whose host would be p%40ss@host
    ):
        with pytest.raises(BadConfig) as problem:
            without_password(nonsense)
        assert "p%40ss" not in str(problem.value)
