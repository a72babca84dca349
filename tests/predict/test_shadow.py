"""How two answers differ, and what a log of such differences says together."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.predict.shadow import compared_fields, differences, shadows


def answer(values: list[float], units: str = "degree_Celsius", **more: Any) -> xr.Dataset:
    field = ("x", np.array(values, np.float32), {"units": units})
    std = ("x", np.full(len(values), 2, np.float32), {"units": units})
    members = (("member", "x"), np.zeros((3, len(values))))
    flag = ("x", np.ones(len(values), np.int8))
    states = (("realization", "x"), np.ones((2, len(values))))
    data = {"thetao": field, "thetao_std": std, "every": members, "count": 3.0, "flag": flag}
    data["states"] = states
    return xr.Dataset(data | more, {"x": np.arange(len(values)), "member": range(3)})


def test_differences_are_candidate_minus_champion_where_both_have_a_value() -> None:
    found = differences(answer([1, 2, np.nan, 4]), answer([2, 5, 3, np.nan]))
    assert set(found) == {"thetao", "thetao_std"}  # no members, counts or flags
    said = found["thetao"]
    assert (said["cells"], said["one_only"], said["units"]) == (2, 2, "degree_Celsius")
    assert said["mean"] == pytest.approx(2) and said["rms"] == pytest.approx(np.sqrt((1 + 9) / 2))
    assert said["stated"] == pytest.approx(2) and found["thetao_std"]["stated"] is None
    none = differences(answer([1, np.nan]), answer([np.nan, 1]))["thetao"]
    assert (none["cells"], none["mean"], none["rms"], none["stated"]) == (0, None, None, None)
    json.dumps([found, none], allow_nan=False)


def test_what_cannot_be_compared_is_said() -> None:
    ours = answer([1, 2], more=("x", [1.0, 2.0]))
    assert differences(ours, answer([1, 2, 3]))["thetao"] == {"unlike": "{'x': 2} and {'x': 3}"}
    assert "kelvin" in differences(ours, answer([1, 2], "kelvin"))["thetao"]["unlike"]
    assert differences(ours, answer([1, 2]))["more"]["unlike"] == "only the champion gives it"
    assert differences(answer([1, 2]), ours)["more"]["unlike"] == "only the candidate gives it"


def test_compared_fields_are_all_that_is_needed() -> None:
    ours, theirs = answer([1, 2, 3]), answer([3, 1, 2])
    kept = compared_fields(ours)
    assert differences(kept, theirs) == differences(ours, theirs)
    assert not kept.coords and not kept.attrs and set(kept.data_vars) == {"thetao", "thetao_std"}
    assert set(ours.coords) == {"x", "member"}  # which is as it was


def line(fate: str = "compared", missed: int = 0, **more: Any) -> dict[str, Any]:
    own = {"route": "fill", "champion": "m/1", "candidate": "m/2", "fate": fate, "why": ""}
    seconds = {"champion": 2.0, "candidate": 5.0}
    return own | {"missed": missed, "seconds": seconds, "differences": {}} | more


def test_a_log_counts_every_cell_once(tmp_path: Path) -> None:
    one, other = (
        differences(answer(a), answer(b))
        for a, b in (([0, 0, 0], [1, 1, 1]), ([0], [-3]))  # three cells, and one
    )
    why = {"why": "too deep"}
    lines = [
        line(differences=one),
        line(missed=2, differences=other | {"so": {"unlike": "only the champion gives it"}}),
        line("refused", **why),
        line("refused", **why),
        line("failed", why="KeyError"),
        line(candidate="m/3"),
    ]
    found, another = shadows(lines)
    assert (another.candidate, another.fields, another.slower) == ("m/3", {}, 2.5)
    assert dict(found.fates) == {"compared": 2, "refused": 2, "failed": 1}
    assert (found.missed, found.slower) == (2, 2.5)
    said = found.fields["thetao"]
    assert (said["answers"], said["cells"]) == (2, 4) and said["mean"] == pytest.approx(0)
    assert said["rms"] == pytest.approx(np.sqrt(3)) and said["stated"] == pytest.approx(2)
    assert found.reasons[0] == "too deep"  # twice
    assert set(found.reasons[1:]) == {"so: only the champion gives it", "KeyError"}

    log = tmp_path / "shadow.jsonl"
    log.write_text("".join(json.dumps(each) + "\n" for each in lines))
    printed = CliRunner().invoke(app, ["shadow", str(log)])
    assert printed.exit_code == 0, printed.output
    words = "thetao, degree_Celsius: +0 on average, 1.73 root mean square; the champion states ± 2"
    assert words in printed.output
    assert "/fill, m/2 beside m/1: 2 compared, 1 failed, 2 refused, 2 not asked" in printed.output
    log.write_text("[1]\n")
    broken = CliRunner().invoke(app, ["shadow", str(log)])
    assert broken.exit_code != 0
