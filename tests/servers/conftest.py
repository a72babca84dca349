"""A team's server: PostgreSQL for what is recorded, S3 for files."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import processes
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "predict"))


@dataclass
class Team:
    """The server, the account of its administrator, its store of objects and its folder."""

    served: processes.Served
    password: str
    objects: str
    folder: Path

    @property
    def address(self) -> str:
        return self.served.address

    def objects_kept(self) -> list[str]:
        """What lies in the bucket."""
        return [item.key for item in processes.bucket(self.objects).objects.all()]


@pytest.fixture(scope="session")
def team(postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """`thermocline server` as docs/servers.md starts it."""
    folder = tmp_path_factory.mktemp("team")
    database = postgres().replace("+psycopg", "")
    with processes.object_store() as objects:
        variables = {
            "MLFLOW_BACKEND_STORE_URI": database,
            "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{processes.BUCKET}/thermocline",
            "MLFLOW_S3_ENDPOINT_URL": objects,
            **processes.KEYS,
        }
        command = ("server", "--name", "mlflow.example.org", "--workers", "1")
        with processes.thermocline(*command, cwd=folder, **variables) as served:
            password = (folder / ".thermocline/server/password").read_text().strip()
            yield Team(served, password, objects, folder)


@pytest.fixture
def logged_in(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    """A client's shell: the server's address and an account, and no key of S3."""
    for name in (*processes.KEYS, "MLFLOW_S3_ENDPOINT_URL", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", team.address)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", team.password)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    return team
