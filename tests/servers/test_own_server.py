"""`thermocline ui` on sqlite: this machine only, one password, readable by its owner only."""

import re
import stat
from pathlib import Path

import processes
import pytest

RUNS = "/api/2.0/mlflow/experiments/search"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    store = f"sqlite:///{folder}/mlflow.db"
    # What it is started from may belong to a client of another server.
    client = {"MLFLOW_RUN_ID": "f" * 32, "MLFLOW_EXPERIMENT_ID": "7"}
    with processes.thermocline("ui", cwd=folder, MLFLOW_TRACKING_URI=store, **client) as server:
        yield server


@pytest.fixture(scope="module")
def password(served):
    (shown,) = re.findall(r"password +(\S+) ", served.output)
    kept = served.log.parent / ".thermocline/ui/password"
    assert kept.read_text().strip() == shown and len(shown) >= 20
    return shown


def test_only_with_the_password(served, password):
    assert served.address in served.output
    for path in ("/", RUNS + "?max_results=1", "/graphql", "/signup", "/get-artifact", "/version"):
        assert processes.status(served.address + path) == 401, path
    for path in ("/", RUNS + "?max_results=1"):
        for account in (("admin", "wrong"), ("admin", "password1234"), ("ann", password)):
            assert processes.status(served.address + path, auth=account) == 401
        assert processes.status(served.address + path, auth=("admin", password)) == 200


def test_only_by_its_names(served, password):
    """A page elsewhere that makes its own name point to this machine is refused."""
    port = served.address.rpartition(":")[2]
    account = {"auth": ("admin", password)}
    for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
        assert processes.status(served.address, headers={"Host": host}, **account) == 200
    for host in ("evil.example", f"evil.example:{port}", "localhost:1", f"localhost:{port}.evil"):
        assert processes.status(served.address, headers={"Host": host}, **account) == 403
        assert processes.status(served.address, headers={"Host": host}) == 403


def test_nothing_for_others(served, password):
    folder = served.log.parent / ".thermocline/ui"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert files == dict.fromkeys(("password", "accounts.db", "basic_auth.ini"), 0o600)
    commands = served.commands()
    assert any("mlflow server" in command for command in commands)
    assert not any(password in command for command in commands)
    listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    port = f"{int(served.address.rpartition(':')[2]):04X}"
    assert f"0100007F:{port}" in listening and f"00000000:{port}" not in listening


def test_what_the_pipeline_wrote_is_shown(served, password, monkeypatch):
    """The pipeline writes to sqlite without a password; the page's files come from its folder."""
    import httpx
    import mlflow

    store = f"sqlite:///{served.log.parent}/mlflow.db"
    monkeypatch.chdir(served.log.parent)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    from thermocline.registry.store.connection import connect

    client = connect("reconstruct")
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    run = client.create_run(experiment).info.run_id
    client.log_text(run, "warm", "note.txt")
    mlflow.set_tracking_uri(None)
    answer = httpx.get(
        f"{served.address}/get-artifact",
        params={"path": "note.txt", "run_uuid": run},
        auth=("admin", password),
    )
    assert (answer.status_code, answer.text) == (200, "warm")
