"""The report's section on calibration repeats the tests, in words that follow from them."""

from dataclasses import asdict, replace

import pytest

from thermocline.systems.reconstruct.evaluation.presentation import PRESENTATION
from thermocline.verify.board.calibration_tables import calibration, reads_as
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.rows import KEYS, Row
from thermocline.verify.metrics.ranks import Flatness

FLAT = Flatness(26.0, 8, 0.4, 3.0, 0.3, -1.0, 0.7, exchanged=30.0, exchanged_p=0.55)
DEPTH = [5.0, 100.0, 500.0]


def row(density: float, test: Flatness = FLAT, spread_skill: float = 0.97) -> Row:
    extra = {"flatness": asdict(test), "spread_skill_by_depth": [0.91, 1.04, None]}
    known = {
        "method": MODEL,
        "protocol": "columns",
        "density": density,
        "spread_skill": spread_skill,
    }
    return Row(**(dict.fromkeys(KEYS) | known | {"extra": extra}))  # type: ignore[arg-type]


def test_pooled_and_by_level_and_each_part_of_the_test() -> None:
    wrong = replace(FLAT, p=0.0001, slope=4.0, slope_p=0.012)
    lines = calibration([row(0.005), row(0.02, wrong, 0.8)], PRESENTATION, DEPTH)
    tables = [line for line in lines if line.startswith("|")]
    assert "| χ², 8 degrees of freedom | p |" in tables[0]
    same = "| 0.91 to 1.04 | 26 |"
    assert tables[2:4] == [
        f"| 0.5 % of columns | 0.97 {same} 0.40 | 9 | 0.30 | 1 | 0.70 | 30 | 0.55 | flat |",
        f"| 2 % of columns | 0.80 {same} < 0.001 | 16 | 0.012 | 1 | 0.70 | 30 | 0.55 | too low |",
    ]
    assert tables[4] == "| Spread/skill at | 0.5 % of columns | 2 % of columns |"
    assert tables[6] == "| 5 m | 0.91 | 0.91 |" and tables[8] == "| 500 m | – | – |"
    assert any("√(1 + 1/n)" in line for line in lines)


def test_rows_of_several_variables_are_told_apart() -> None:
    rows = [replace(row(0.02), variable=name) for name in ("thetao", "so")]
    lines = [line for line in calibration(rows, PRESENTATION, DEPTH) if line.startswith("|")]
    assert lines[2].startswith("| 2 % of columns, sea water potential temperature |")
    assert lines[3].startswith("| 2 % of columns, sea water salinity |")


def test_rows_without_the_test_are_left_out() -> None:
    old = replace(row(0.02), extra={"ranks": [1, 2, 3], "ranks_chi2": 1.0})
    lines = lambda rows: calibration(rows, PRESENTATION, DEPTH)
    assert lines([old]) == [] == lines([])
    assert len(lines([old, row(0.02)])) == len(lines([row(0.02)]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p": 0.06, "slope_p": 0.01}, "flat"),
        ({"p": 0.06, "exchanged_p": 0.01}, "flat, but unlike a member's"),
        ({"p": None, "slope_p": None, "exchanged_p": 0.01}, "–"),
        ({"p": 0.01}, "uneven"),
        ({"p": 0.01, "slope_p": 0.01}, "too low"),
        ({"p": 0.01, "slope_p": 0.01, "slope": -3.0}, "too high"),
        ({"p": 0.01, "convexity_p": 0.01}, "too cautious"),
        (
            {"p": 0.01, "convexity_p": 0.01, "convexity": 2.0, "slope_p": 0.04},
            "too low, too confident",
        ),
    ],
)
def test_what_the_test_says_in_words(changes: dict[str, float | None], words: str) -> None:
    assert reads_as(replace(FLAT, **changes)) == words  # type: ignore[arg-type]
