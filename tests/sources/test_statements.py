"""The guide's tables of what files say are those of the code."""

import re
from pathlib import Path

import pytest

from thermocline.sources import (
    flag_columns,
    flags,
    meanings,
    parameters,
    statements,
    statuses,
    table_text,
)

GUIDE = Path(__file__).parents[2] / "docs" / "files.md"


@pytest.mark.parametrize("name", re.findall(r"<!-- table: (\w+) -->", GUIDE.read_text("utf-8")))
def test_the_guides_table_is_the_codes(name):
    table = re.search(
        rf"<!-- table: {name} -->\n(.*?)\n<!-- end -->", GUIDE.read_text("utf-8"), re.S
    )
    assert table is not None
    assert table.group(1) == statements.markdown(getattr(statements, name)), (
        "print(statements.markdown(...)) is what the guide must hold"
    )


def test_rows_name_what_the_code_uses():
    text = statements.markdown(statements.GRIDS)
    for number in statuses.FILLS:
        assert f"{number:g}" in text
    assert f"below {flags.LEAST_QUALITY}" in text
    for word in ("cloud", "land", "lake", "river", "ice", "missing", "bad", "low_quality"):
        assert meanings.REJECTED.search(word) and word.replace("_", " ") in text


def test_the_guide_has_a_table_of_each() -> None:
    assert {"GRIDS", "PROFILES"} <= set(re.findall(r"table: (\w+)", GUIDE.read_text("utf-8")))


def test_rows_of_profiles_name_what_the_code_uses() -> None:
    text = statements.markdown(statements.PROFILES)
    listed = lambda codes: ", ".join(map(str, sorted(codes)))
    assert f"flags {listed(parameters.GOOD_FLAGS)} are used" in text
    for title in ("X_QC", "X_FLAG_W", "X_WODflag", "QV:ODV", "quality_level"):
        good = flag_columns.good_codes(title.replace("X", "temp"), set(), "f.csv")
        assert f"`{title}`" in text and f"{listed(good)} of" in text
    assert f"more than {table_text.MAX_COLUMNS} columns" in text
