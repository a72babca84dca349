"""What tests of several rooms need."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres as server


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.NewDatabase]:
    """A function that makes an empty PostgreSQL database and returns its SQLAlchemy address."""
    with server.temporary() as new_database:
        yield new_database


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with its tables made, which is slow, to be copied for every test."""
    folder = tmp_path_factory.mktemp("store")
    before = os.environ.get("MLFLOW_TRACKING_URI")
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    try:
        from thermocline.registry.tracking import connect

        connect().search_registered_models()
    finally:
        if before is None:
            del os.environ["MLFLOW_TRACKING_URI"]
        else:
            os.environ["MLFLOW_TRACKING_URI"] = before
    return folder / "mlflow.db"
