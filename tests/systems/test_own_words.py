"""What a system of another package calls its own: variables on boards, fields of questions."""

import json
from dataclasses import replace
from inspect import Parameter
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from thermocline.answers.request import Request
from thermocline.cli import parameters
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.packing import Packing
from thermocline.ocean.variables import VARIABLES, Variable
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.store import Store
from thermocline.prepare.writer import write_store
from thermocline.systems.boards import own_variables
from thermocline.verify.board.presentation import Presentation

WAVES = Variable("hs", "", "Significant wave height", "m", 0.0, 30.0, Packing(1e-3, 15))


class Asked(Request):
    day: str
    members: int = 4


def test_variables_of_its_own_are_called_by_name_and_unit_on_its_board(tmp_path: Path) -> None:
    grid = LatLonGrid(np.arange(2.0), np.arange(3.0))
    group = Group("here", {"hs": Layout(WAVES, grid), "tos": Layout(VARIABLES["tos"], grid)})
    fields = {name: np.ones(grid.shape) for name in group.fields}
    day = np.datetime64("2003-01-01")
    write_store(tmp_path / "s.nc", [Sample("r1/2003-01-01", "train", day, group, fields)], "waves")
    words = Presentation(variables=own_variables(Store.open(tmp_path / "s.nc")))
    read = Presentation.of_record(json.loads(json.dumps(words.record())))
    assert read == words and read.variable_title("hs") == "Significant wave height"
    assert (read.unit_of("hs"), read.unit_of("tos")) == ("m", "°C")
    assert read.metric_title("rmse", "hs") == "RMSE (m)" and read.variables.keys() == {"hs"}
    before = {key: value for key, value in words.record().items() if key != "variables"}
    assert Presentation.of_record(before) == replace(words, variables={})


def test_a_needed_field_is_a_needed_option() -> None:
    asked = SimpleNamespace(Request=Asked, output="waves.nc", resumable=False)
    found = {each.name: each.default for each in parameters.parameters_of(asked)}  # type: ignore[arg-type]
    assert found["day"] is Parameter.empty and found["members"] == 4
