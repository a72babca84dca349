"""`thermocline server` on PostgreSQL and S3: who is refused, and what works over HTTP."""

import secrets

import httpx
import processes
import pytest
from mlflow.exceptions import MlflowException
from tiny_model import save_report, save_tiny

from thermocline.registry.store.connection import connect
from thermocline.systems.config import load_config

NAME = "thermocline-reconstruct"
SEARCH = "/api/2.0/mlflow/experiments/search"


def test_who_is_refused(team):
    account = {"auth": ("admin", team.password)}
    for path in ("/", SEARCH, "/api/2.0/mlflow-artifacts/artifacts", "/signup", "/version"):
        assert processes.status(team.address + path) == 401, path
        assert processes.status(team.address + path, auth=("admin", "password1234")) == 401, path
    port = team.address.rpartition(":")[2]
    for host in ("mlflow.example.org", f"mlflow.example.org:{port}", f"localhost:{port}"):
        assert processes.status(team.address, headers={"Host": host}, **account) == 200
    for host in ("evil.example", "mlflow.example.org.evil.example", "mlflow.example.org:1"):
        assert processes.status(team.address, headers={"Host": host}, **account) == 403


def test_pages_of_others_change_nothing(team):
    """A browser that is logged in sends its account along, whichever page asks it to."""
    request = {"json": {"max_results": 1}, "auth": ("admin", team.password)}
    for origin, answer in (("https://mlflow.example.org", 200), ("https://evil.example", 403)):
        headers = {"Origin": origin, "Host": "mlflow.example.org"}
        url = team.address + SEARCH
        assert processes.status(url, "POST", headers=headers, **request) == answer


def test_secrets_stay_secret(team):
    database = team.served.output.split("store ")[1].split()[0]
    assert database.startswith("postgresql+psycopg://tester:***@127.0.0.1:")
    assert team.password not in team.served.output
    commands = " ".join(team.served.commands())
    assert "mlflow server" in commands and "postgresql" not in commands
    assert team.password not in commands and "not-the-clients" not in commands


@pytest.fixture
def publish(logged_in, tmp_path, monkeypatch):
    """Register a model of this seed and RMSE; doing so again finds it.

    Of the code that goes with it there is but one file: each is several requests.
    """
    from thermocline.registry.registration.register import register

    code = tmp_path / "thermocline"
    code.mkdir()
    (code / "__init__.py").write_text("")
    monkeypatch.setattr("thermocline.registry.registration.package.SOURCE", code)
    monkeypatch.setattr(
        "thermocline.registry.registration.package.input_example", lambda system: None
    )
    config = load_config(processes.ROOT / "params.yaml")

    def registration(seed, share):
        model = save_tiny(tmp_path / f"model{seed}", seed)
        report = save_report(tmp_path / f"report{seed}", share)
        return register(model, report, config, root=tmp_path)

    return registration


@pytest.fixture
def registered(publish):
    return publish(0, 0.7)


def test_a_model_goes_there_and_back(registered, team):
    import numpy as np
    from tiny_model import tiny

    from thermocline.observe.observations import Observations
    from thermocline.predict.champion import load_registered
    from thermocline.predict.identity import ServedModel
    from thermocline.systems.reconstruct.endpoints.dataset import reconstruct

    assert registered.version == "1" and registered.aliases == ("candidate", "champion")
    keys = team.objects_kept()
    assert all(key.startswith("thermocline/") for key in keys)
    (weights,) = [key for key in keys if key.endswith("artifacts/reconstruct/weights.safetensors")]
    stored = processes.bucket(team.objects).Object(weights).get()["Body"].read()
    served = load_registered(NAME, "champion")
    assert served.identity.version == "1" and served.identity.digest == registered.digest
    assert len(stored) > 1000 and not (team.folder / "mlartifacts").exists()
    places = ([0.5, 10.0], [-30.0, -30.0], [5.0, 100.0], [26.0, 17.0], [0.1, 0.1])
    table = Observations(*map(np.array, places))
    here = ServedModel(tiny(0))
    answers = [reconstruct(m.model, table, "2008-03", 2, 1).thetao.values for m in (served, here)]
    np.testing.assert_array_equal(*answers)
    assert np.nanmax(answers[0]) > 20


def test_aliases_move_over_http(registered, publish):
    """The gate, with a better and a worse successor; then back by hand."""
    better, worse = publish(1, 0.5), publish(2, 0.9)
    assert better.promotion.against == "champion version 1" and "champion" in better.aliases
    assert worse.promotion.decision == "worse" and worse.aliases == ("candidate",)
    client = connect()
    assert client.get_model_version_by_alias(NAME, "champion").version == better.version
    client.set_registered_model_alias(NAME, "champion", "1")
    assert client.get_model_version_by_alias(NAME, "champion").version == "1"


def test_a_colleague_reads_and_does_not_change(registered, logged_in, monkeypatch):
    """What docs/servers.md says of --others read."""
    from thermocline.predict.champion import load_registered

    password = secrets.token_urlsafe(12)
    created = httpx.post(
        f"{logged_in.address}/api/2.0/mlflow/users/create",
        json={"username": "ann", "password": password},
        auth=("admin", logged_in.password),
    )
    assert created.status_code == 200, created.text
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
    assert load_registered(NAME, "1").identity.digest == registered.digest
    client = connect()
    champion = client.get_model_version_by_alias(NAME, "champion").version
    with pytest.raises(MlflowException, match=r"(?i)permission"):
        client.set_registered_model_alias(NAME, "champion", "2")
    with pytest.raises(MlflowException, match=r"(?i)permission"):
        client.delete_model_version(NAME, "1")
    assert client.get_model_version_by_alias(NAME, "champion").version == champion
    own = client.create_experiment("anns")
    run = client.create_run(own).info.run_id
    client.log_text(run, "mine", "note.txt")
    assert any(key.endswith(f"{run}/artifacts/note.txt") for key in logged_in.objects_kept())
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
    with pytest.raises(MlflowException, match=r"401|authenticat"):
        connect().search_registered_models()
