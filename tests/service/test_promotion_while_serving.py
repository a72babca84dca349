"""A promotion and a rollback in MLflow's registry while clients ask a running service.

Meanwhile it is in shadow mode, which changes no answer.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest
from serving import ROOT, serve
from test_service import GOOD

from thermocline.predict.log import read_log
from thermocline.predict.shadow import shadows

sys.path.insert(0, str(ROOT / "tests" / "registry"))
QUESTION = {**GOOD, "members": 2}


@pytest.mark.slow
def test_no_request_fails(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch, warm_python: str
) -> None:
    """Three clients ask again and again; who answers is who was promoted, then who was before."""
    from made import NAME, add_version

    from thermocline.registry.promotion.promote import promote
    from thermocline.registry.promotion.rollback import rollback
    from thermocline.registry.store.connection import connect
    from thermocline.systems.config import load_config

    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    registry = {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(*next(iter(registry.items())))
    client, config = connect(), load_config(ROOT / "params.yaml")
    old, new = (add_version(tmp_path, ours) for ours in (0.8, 0.6))
    promote(client, NAME, old, config)
    client.set_registered_model_alias(NAME, "candidate", new)
    tasks = tmp_path / "tasks"
    followed = {"THERMOCLINE_POLL_SECONDS": "0.5", "THERMOCLINE_TASKS": str(tasks)}
    changes = registry | followed | {"THERMOCLINE_SHADOW": "1"}
    answers: list[tuple[int, str, str]] = []
    ended, log = Event(), tasks / "shadow.jsonl"

    def ask(server: httpx.Client) -> None:
        while not ended.is_set():
            answer = server.post("/reconstruct", json=QUESTION)
            said = answer.json().get("levels", answer.text)
            answers.append((answer.status_code, answer.headers.get("x-model", ""), str(said)))
            time.sleep(0.05)  # the processor is for who promotes, too

    def answered_by(version: str) -> None:
        """Wait until ten answers in a row are of this version."""
        end, before = time.monotonic() + 60, len(answers)
        while {who for _, who, _ in answers[before:][-10:]} != {f"{NAME}/{version}"} or (
            len(answers) < before + 10
        ):
            assert time.monotonic() < end, answers[-10:]
            time.sleep(0.05)

    def shadowed() -> None:
        """Wait until the candidate was asked, too."""
        end = time.monotonic() + 60
        while not log.is_file():
            assert time.monotonic() < end
            time.sleep(0.05)

    for server in serve("bento.service:Thermocline", ROOT, changes, python=warm_python):
        with ThreadPoolExecutor(3) as pool:
            clients = [pool.submit(ask, server) for _ in range(3)]
            try:
                answered_by(old)
                shadowed()
                promote(client, NAME, new, config)
                answered_by(new)
                assert rollback(client, NAME).to == old
                answered_by(old)
            finally:
                ended.set()
        for each in clients:
            each.result()  # raises what the client met: a broken connection is a failed request
        served = server.get("/models").json()
        assert str(served).count(f"'version': '{old}'") == 1, served
        metrics = server.get("/metrics").text
    (compared,) = shadows(read_log(log))  # never the new one beside itself
    assert (compared.champion, compared.candidate) == (f"{NAME}/{old}", f"{NAME}/{new}")
    assert set(compared.fates) == {"compared"} and not compared.reasons
    assert compared.fields["thetao"]["rms"] > 0 and compared.fields["thetao"]["stated"] > 0
    assert 'thermocline_shadow_total{fate="compared",route="reconstruct"}' in metrics
    assert {status for status, _, _ in answers} == {200}
    by_version = {who: {said for _, each, said in answers if each == who} for _, who, _ in answers}
    assert {who: len(said) for who, said in by_version.items()} == {
        f"{NAME}/{old}": 1,  # the same answer before the promotion and after the rollback
        f"{NAME}/{new}": 1,
    }
    assert len(set.union(*by_version.values())) == 2  # and the two models' differ
