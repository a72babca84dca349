"""Numbers of a board for `dvc metrics` and `dvc plots`: every row is in them."""

import csv
import json
from types import SimpleNamespace

import pytest

from thermocline.verify.board.export import write_metrics, write_plots
from thermocline.verify.board.presentation import Presentation
from thermocline.verify.board.rows import KEYS, Row


def row(method: str, variable: str, rmse: float) -> Row:
    known = {"method": method, "protocol": "columns", "density": 0.02, "variable": variable}
    known |= {"rmse": rmse, "crps": rmse / 2}
    return Row(**(dict.fromkeys(KEYS) | known | {"extra": {}}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        (["thetao"], ["2 % of columns"]),
        (
            ["thetao", "so"],
            [
                "2 % of columns, sea water potential temperature",
                "2 % of columns, sea water salinity",
            ],
        ),
    ],
)
def test_rows_of_several_variables_are_told_apart(tmp_path, variables, keys) -> None:
    rows = [row(m, v, 0.5 + k) for k, v in enumerate(variables) for m in ("oi", "climatology")]
    board = SimpleNamespace(rows=rows, presentation=Presentation())
    write_metrics(board, tmp_path / "metrics.json")  # type: ignore[arg-type]
    write_plots(board, tmp_path / "plots.csv")  # type: ignore[arg-type]
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert list(found) == keys
    assert [found[key]["oi"]["rmse"] for key in keys] == [0.5 + k for k in range(len(keys))]
    with (tmp_path / "plots.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(line["asked"], line["variable"]) for line in lines[::2]] == list(
        zip(keys, variables, strict=True)
    )
