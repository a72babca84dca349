"""A study's file that another program holds."""

import sqlite3
from pathlib import Path

import optuna
import pytest
import sqlalchemy

from thermocline.tuning.storage import Storage


def test_a_locked_file_says_so(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/study.db"
    other = sqlite3.connect(tmp_path / "study.db", isolation_level=None)
    other.execute("create table x (y)")
    other.execute("begin exclusive")
    with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
        # As `Storage.open` does, which would wait five seconds for the lock, several times.
        optuna.storages.RDBStorage(address, engine_kwargs={"connect_args": {"timeout": 0.05}})
    told = Storage.parse(address).unusable(caught.value)
    assert "locked by another program" in told.what and "wait" in told.fix
    assert "write sqlite" not in told.fix
    other.close()
