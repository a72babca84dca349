"""What is counted of answers, and kept of them."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from bento import lines
from bento.monitoring import Monitor
from bento.routes import routes
from prometheus_client import CollectorRegistry

from thermocline.answers.departure import departure
from thermocline.predict.drift import drifts
from thermocline.predict.log import read_log
from thermocline.sources.account import Account

ROUTE = next(iter(routes().values()))


def answer(mean: float) -> xr.Dataset:
    """Of ten values, two of which were dropped."""
    account = Account(10, 8, {"on land": 2})
    attributes = {"model_name": "m", "model_version": "3", "account": account.to_json()}
    counts = {"network_evaluations": np.int32(5), "members": np.int32(4)}
    return xr.Dataset(attrs=attributes | counts | departure(np.full(8, mean)))


def test_answers_are_counted_and_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    monitor = Monitor(tmp_path, registry=registry)
    for mean in (1.0, 2.0):
        monitor.answered(ROUTE, answer(mean), 0.5)
    bare = xr.Dataset(attrs={"model_name": "m", "model_version": "3"})
    monitor.answered(ROUTE, bare, 0.5)  # of an endpoint that takes no observations
    own = {"route": ROUTE.endpoint.route}
    value = lambda name, **labels: registry.get_sample_value(f"thermocline_{name}", own | labels)
    assert value("answers_total", model="m/3") == 3
    assert value("observations_total", fate="used") == 16
    assert value("observations_total", fate="dropped") == 4
    assert value("evaluations_total") == 40 and value("departure_mean") == 2
    (found,) = drifts(read_log(tmp_path / "answers.jsonl"), 10)
    assert (found.answers, found.observations, found.mean) == (3, 20, 1.5)
    assert found.dropped == pytest.approx(0.2)
    monkeypatch.setattr(lines, "MOST", 1)
    monitor.answered(ROUTE, answer(0.0), 0.5)
    assert not (tmp_path / "answers.jsonl").exists()  # it was put aside
    monitor.answered(ROUTE, answer(0.0), 0.5)
    assert len(read_log(tmp_path / "answers.1.jsonl")) == 1


def test_an_answer_does_not_depend_on_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That it cannot be written is told in the service's own log; none is not missed."""
    Monitor(None, registry=CollectorRegistry()).answered(ROUTE, answer(0.0), 0.5)
    assert not caplog.records
    monitor = Monitor(tmp_path / "nowhere", registry=CollectorRegistry())
    monitor.answered(ROUTE, answer(0.0), 0.5)
    (told,) = caplog.records
    assert told.levelname == "ERROR" and "answers.jsonl is not written: " in told.getMessage()
