"""Days and months that requests ask for: of the calendar, and of years that answers can have."""

import pytest

from thermocline import systems
from thermocline.errors import BadData
from thermocline.predict.answering import question

DAYS = ["densify", "seaice"]
"""Systems whose questions are of a day; those of others are of a month, or of a file's map."""


def asked(system: str, date: str) -> str:
    endpoint = next(each for each in systems.get(system).endpoints if each.route == system)
    return str(question(endpoint, date=date, observations=[]).model_dump()["date"])


@pytest.mark.parametrize("system", DAYS)
def test_a_day_is_taken_as_it_is(system):
    assert asked(system, "2008-02-29") == "2008-02-29"


@pytest.mark.parametrize("system", DAYS)
@pytest.mark.parametrize(
    "date",
    ["2008-02-31", "2008-13-01", "14.3.2008", "2008-3-14", "٢٠٠٨-03-14", "20080314", "", "today"],
)
def test_what_is_no_date_is_refused_with_an_example(system, date):
    with pytest.raises(BadData, match='not a date: give a day, such as "2008-03-14"'):
        asked(system, date)


@pytest.mark.parametrize("system", DAYS)
@pytest.mark.parametrize("year", ["0000", "0001", "1677", "2262", "9999"])
def test_a_year_that_answers_cannot_be_dated_in_is_refused(system, year):
    with pytest.raises(BadData, match=r"not a date|outside 1678 to 2261"):
        asked(system, f"{year}-01-01")


def test_a_month_is_one_where_maps_are_monthly():
    assert asked("seaice", "2008-03") == "2008-03"
    with pytest.raises(BadData, match="give a day"):
        asked("densify", "2008-03")
