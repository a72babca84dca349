"""`package.py --follow`: the Bento is built when another version is champion, and only then."""

from pathlib import Path
from threading import Event

import pytest

from thermocline.errors import BadFile

ROOT = Path(__file__).resolve().parents[2]


class Ticks(Event):
    """Waits for nothing, so many times."""

    def __init__(self, count):
        super().__init__()
        self.left = count

    def wait(self, timeout=None):
        self.left -= 1
        return self.left == 0


def test_who_is_promoted_is_packaged(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "pipelines"))
    import package

    seen = [
        {"north": "1"},
        {"north": "1"},
        BadFile("the registry gave no answer"),
        {"north": "2"},
        {"north": "2"},
        {"north": "2"},
        {"north": "2", "south": "1"},
    ]
    looks, built = iter(seen), []

    def champions():
        found = next(looks)
        if isinstance(found, Exception):
            raise found
        return found

    def build():
        built.append(1)
        if len(built) == 2:
            raise BadFile("a file is damaged")

    monkeypatch.setattr(package, "champions", champions)
    package.follow(0, build, Ticks(len(seen)))
    assert len(built) == 4  # at first, for version 2, which failed, again, and with the south
    told = capsys.readouterr().err
    assert "no answer" in told and "damaged" in told


def test_a_silent_registry_is_not_an_empty_one(monkeypatch, empty_store, tmp_path):
    """Nothing is packaged in the place of what cannot be told."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    monkeypatch.syspath_prepend(str(ROOT / "pipelines"))
    import package

    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert package.champions() == {}

    def silent(*_):
        raise MlflowException("no connection")

    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", silent)
    with pytest.raises(BadFile, match="gave no answer"):
        package.champions()
