"""The guide's tables of what files say are those of the code."""

import re
from pathlib import Path

import pytest

from thermocline.sources import flags, statements, values

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
    for number in values.FILLS:
        assert f"{number:g}" in text
    assert f"below {flags.LEAST_QUALITY}" in text
    for word in ("cloud", "land", "lake", "river", "ice", "missing", "bad", "low_quality"):
        assert flags.REJECTED.search(word) and word.replace("_", " ") in text
