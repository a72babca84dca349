"""Whether observations are still those of the training: what answers say, and a log of them."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from thermocline.answers.departure import departure, far_observations
from thermocline.cli import app
from thermocline.errors import BadFile
from thermocline.predict.drift import ANSWERS, Drift, drifts
from thermocline.predict.log import read_log


def test_departure_of_anomalies() -> None:
    said = departure(np.array([1.0, -1.0, 3.0, np.nan]))
    assert said["departure_count"] == 3 and said["departure_mean"] == pytest.approx(1)
    assert said["departure_rms"] == pytest.approx(math.sqrt(11 / 3), abs=1e-4)
    assert departure(np.array([np.nan])) == {}
    for values, warned in (
        (np.full(10, 2.5), True),
        (np.full(9, 2.5), False),
        (np.ones(99), False),
        (np.array([5.1, -5.1] * 5), True),  # they cancel
        (np.array([4.9, -4.9] * 5), False),
        (np.array([9.0, -9.0] * 4), False),
    ):
        assert bool(far_observations(departure(values))) == warned
    assert not far_observations({})


def test_a_line_that_lacks_a_number_does_not_count() -> None:
    whole = {"departure_mean": 1.0, "departure_count": 10, "departure_rms": 1.0}
    part = {key: whole[key] for key in list(whole)[:2]}
    log = [
        {"route": "r", "model": "m", "held": 10, "used": 10, "departure": each}
        for each in (whole, part)
    ]
    assert drifts(log, 9)[0].mean == 1.0


def lines(
    mean: float, rms: float = 1.0, used: int = 100, answers: int = 40
) -> list[dict[str, Any]]:
    """Answers of 100 observations each, whose departures have this mean, and a spread of 0.3."""
    rng = np.random.default_rng(0)
    scatter = rng.normal(0, 0.3, answers)
    off = mean + scatter - scatter.mean()
    return [
        {
            "route": "r",
            "model": "m/1",
            "held": 100,
            "used": used,
            "departure": {
                "departure_count": used,
                "departure_mean": float(each),
                "departure_rms": rms,
            },
        }
        for each in off
    ]


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (lines(0.4), ""),
        (lines(0.7), r"\+0.70 standard"),
        (lines(-0.7), "-0.70 standard"),
        (lines(0.7, answers=ANSWERS - 1), ""),
        (lines(0.0, rms=2.5), "2.50 .* root mean square"),
        (lines(0.0, used=70), "30% .* not be used"),
        (lines(5.0) + lines(0.0), ""),  # long ago
    ],
)
def test_what_is_due(log: list[dict[str, Any]], why: str) -> None:
    import re

    (found,) = drifts(log, 40)
    assert re.search(why, found.why) and bool(found.why) == bool(why)


def test_figures() -> None:
    other = {"route": "s", "model": "m/1", "held": 0, "used": 0, "departure": {}}
    first, second = drifts([*lines(0.2), other], 200)
    assert (first.route, first.answers, first.observations) == ("r", 40, 4000)
    assert first.mean == pytest.approx(0.2) and first.rms == pytest.approx(1)
    off = [line["departure"]["departure_mean"] for line in lines(0.2)]
    assert first.error == pytest.approx(np.std(off, ddof=1) / math.sqrt(40))
    assert math.isnan(second.mean) and second.dropped == 0 and not second.why


def test_a_wide_scatter_is_no_drift() -> None:
    """Answers from a few odd places: their mean is not known well enough."""
    unsure = Drift("r", "m/1", 30, 900, mean=0.8, error=0.3, rms=1.5, dropped=0.0)
    assert not unsure.why


def test_command(tmp_path: Path) -> None:
    log = tmp_path / "answers.jsonl"
    for mean, code, words in ((0.0, 0, "no sign of drift"), (1.0, 2, "retraining is due")):
        log.write_text("".join(json.dumps(line) + "\n" for line in lines(mean)))
        done = CliRunner().invoke(app, ["drift", str(log)])
        assert done.exit_code == code and words in done.output, done.output
    log.write_text("{")
    with pytest.raises(BadFile, match="not such a log"):
        read_log(log)
    other = tmp_path / "shadow.jsonl"
    other.write_text(json.dumps({"route": "r", "champion": "a", "candidate": "b", "fate": "x"}))
    done = CliRunner().invoke(app, ["drift", str(other)])
    assert isinstance(done.exception, BadFile) and "no line is an object with route, model" in str(
        done.exception
    )


def test_what_cannot_be_told_is_not_printed(tmp_path: Path) -> None:
    """No nan: of a single answer no error, of questions without observations no departure."""
    log, maps = tmp_path / "answers.jsonl", {"departure": {}, "held": 0, "used": 0}
    asked = [lines(0.7)[0], lines(0.7)[0] | maps | {"route": "s"}]
    log.write_text("".join(json.dumps(line) + "\n" for line in asked))
    said = CliRunner().invoke(app, ["drift", str(log)]).output
    assert "nan" not in said and "1 answer to" in said and "nothing can drift" in said


def test_a_log_that_is_not_there_yet_is_no_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"no such log yet → start the service .*THERMOCLINE_SHADOW"):
        read_log(tmp_path / "shadow.jsonl")


def test_a_log_of_which_a_part_was_put_aside(tmp_path: Path) -> None:
    """Its older half counts, too; a line that was cut short is left out, and no other."""
    log, written = tmp_path / "answers.jsonl", [json.dumps(line) for line in lines(0.2)]
    (tmp_path / "answers.1.jsonl").write_text("\n".join(written[:30]) + "\n")
    log.write_text("\n".join([*written[30:], written[0][:40], '{"route": "r"}']))
    assert read_log(log, "route", "model") == lines(0.2)
