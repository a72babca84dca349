"""Passwords: made up once, kept for their owner, never guessed at; servers nobody asked to open."""

import configparser
import stat

import pytest
import sqlalchemy
from werkzeug.security import generate_password_hash

from thermocline.errors import BadConfig
from thermocline.registry.servers.accounts import prepare_accounts
from thermocline.registry.servers.server import Server


def users(database, password):
    """What MLflow's first start makes."""
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text("CREATE TABLE users (username text, password_hash text)")
        )
        row = {"hash": generate_password_hash(password)}
        connection.execute(sqlalchemy.text("INSERT INTO users VALUES ('admin', :hash)"), row)
    engine.dispose()


@pytest.fixture
def database(tmp_path):
    return f"sqlite:///{tmp_path}/home/accounts.db"


def test_made_up_once(tmp_path, database):
    first = prepare_accounts(tmp_path / "home", database)
    assert len(first.password) >= 20 and first.kept == tmp_path / "home/password"
    assert prepare_accounts(tmp_path / "home", database) == first
    users(database, first.password)
    first.kept.chmod(0o644)
    assert prepare_accounts(tmp_path / "home", database) == first
    assert stat.S_IMODE(first.kept.stat().st_mode) == 0o600
    assert prepare_accounts(tmp_path / "other", f"sqlite:///{tmp_path}/other/a.db") != first


def test_changed_since_is_not_shown(tmp_path, database):
    """A password that would not open the door is worse than none."""
    (tmp_path / "home").mkdir()
    users(database, "set over HTTP, later")
    (tmp_path / "home/password").write_text("the one of before\n")
    assert prepare_accounts(tmp_path / "home", database).password == ""
    (tmp_path / "home/password").unlink()
    assert prepare_accounts(tmp_path / "home", database).password == ""
    assert not (tmp_path / "home/password").exists()


def test_chosen(tmp_path, database):
    with pytest.raises(BadConfig, match="12 or more"):
        prepare_accounts(tmp_path / "home", database, chosen="password")
    chosen = prepare_accounts(tmp_path / "home", database, chosen="correct horse battery")
    assert chosen.password == "correct horse battery" and chosen.kept is None
    assert not (tmp_path / "home/password").exists()
    users(database, "another password")
    with pytest.raises(BadConfig, match="another password"):
        prepare_accounts(tmp_path / "home", database, chosen="correct horse battery")


def test_an_address_with_percent_signs(tmp_path, monkeypatch, postgres):
    """Percent signs mean something in ini files, too."""
    database = postgres() + "?application_name=50%25"
    accounts = prepare_accounts(tmp_path / "home", database, permission="NO_PERMISSIONS")
    parser = configparser.ConfigParser()
    parser.read(accounts.settings)
    assert parser["mlflow"]["database_uri"] == database
    assert parser["mlflow"]["default_permission"] == "NO_PERMISSIONS"
    assert stat.S_IMODE(accounts.settings.stat().st_mode) == 0o600
    assert "admin_password" not in parser["mlflow"]


def test_a_database_that_is_not_there(tmp_path):
    address = "postgresql+psycopg://ann:top-secret@127.0.0.1:1/none"
    with pytest.raises(BadConfig, match="does not answer") as problem:
        prepare_accounts(tmp_path / "home", address)
    assert "ann:***@127.0.0.1" in str(problem.value) and "top-secret" not in str(problem.value)


@pytest.mark.parametrize(
    ("changes", "plain", "words"),
    [
        ({"store": "https://mlflow.example.org"}, False, "MLFLOW_TRACKING_URI"),
        ({"host": "0.0.0.0"}, False, "unencrypted"),
        ({"names": ("*.example.org",)}, True, "name each host"),
        ({"names": ("*",)}, True, "name each host"),
        ({"port": 1, "host": "203.0.113.1"}, True, "cannot listen"),
    ],
)
def test_refused(changes, plain, words):
    values = {"store": "sqlite:///m.db", "artifacts": "files", "port": 0} | changes
    with pytest.raises(BadConfig, match=words):
        Server(**values).check(plain)


def test_allowed(tmp_path):
    Server("sqlite:///m.db", "files", port=0).check()
    Server("sqlite:///m.db", "files", "0.0.0.0", 0).check(plain=True)
    names = ("mlflow.example.org", "ocean.example.org:8443")
    server = Server("sqlite:///m.db", "files", port=5000, names=names)
    assert server.allowed_hosts == [
        *("localhost:5000", "127.0.0.1:5000", "[::1]:5000"),
        *("mlflow.example.org", "mlflow.example.org:5000", "ocean.example.org:8443"),
    ]
    assert "https://mlflow.example.org" in server.allowed_origins
    assert not any("*" in origin for origin in server.allowed_origins)


def test_boto3_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadConfig, match=r"thermocline\[server\]"):
        Server("sqlite:///m.db", "s3://bucket/prefix", port=0).check()
