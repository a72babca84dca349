"""A registry that is away is told of soon: by the seconds that are waited, not waited here."""

import time

import pytest

from thermocline.errors import BadFile
from thermocline.predict.registered import find_version
from thermocline.predict.tracking import DEFAULTS


def test_a_closed_port_is_told_within_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with pytest.raises(BadFile, match="gave no answer"):
        find_version("thermocline-reconstruct", "champion")
    assert 0 < sum(waited) < 30
