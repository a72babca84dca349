"""The guide's tables of what files say are those of the code."""

from docs.statements import markdown
from docs.statements.__main__ import GUIDE, written
from docs.statements.grids import GRIDS
from docs.statements.profiles import PROFILES

from thermocline.sources.fields import flags, statuses
from thermocline.sources.flags import meanings, schemes
from thermocline.sources.tables import text as table_text


def test_the_guides_tables_are_those_of_the_code() -> None:
    text = GUIDE.read_text("utf-8")
    assert text == written(text), "python -m docs.statements writes what the guide must hold"


def test_rows_name_what_the_code_uses() -> None:
    text = markdown(GRIDS)
    for number in statuses.FILLS:
        assert f"{number:g}" in text
    assert f"below {flags.LEAST_QUALITY}" in text
    for word in ("cloud", "land", "lake", "river", "ice", "missing", "bad", "low_quality"):
        assert meanings.REJECTED.search(word) and word.replace("_", " ") in text


def test_rows_of_profiles_name_what_the_code_uses() -> None:
    text = markdown(PROFILES)
    listed = lambda codes: ", ".join(map(str, sorted(codes)))
    assert f"flags {listed(schemes.GOOD_FLAGS)} are used" in text
    for title in ("X_QC", "X_FLAG_W", "X_WODflag", "QV:ODV", "quality_level"):
        good = schemes.good_codes(title.replace("X", "temp"), set(), "f.csv")
        assert f"`{title}`" in text and f"{listed(good)} of" in text
    assert f"more than {table_text.MAX_COLUMNS} columns" in text
