"""Days and months that requests ask for: of the calendar, and of years that answers can have."""

import numpy as np
import pytest

from thermocline import systems
from thermocline.errors import BadData
from thermocline.predict.answering import question
from thermocline.systems.reconstruct.endpoints.month import parse_month

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
    with pytest.raises(BadData, match=r'not a date .*give a day, such as "2008-03-14"'):
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


BAD = ["x", "", "March", "2008-13", "2008-02-31", "2008-3", "2008-03-14T25", "1677-01", "2262-01"]


@pytest.mark.parametrize("date", BAD)
def test_a_month_is_refused_when_it_is_asked_for(date):
    """Not only when it is answered: a task would be taken, and fail."""
    with pytest.raises(BadData, match=r"not a date|outside 1678 to 2261"):
        asked("reconstruct", date)


@pytest.mark.parametrize(
    "date", ["2008-03", " 2008-03 ", "2008-03-14", "2008-03-14T12", "2008-03-14 12:30:01.5Z"]
)
def test_a_month_may_be_a_day_of_it(date):
    assert asked("reconstruct", date) == date
    assert parse_month(date) == np.datetime64("2008-03")


def test_the_date_of_a_map_is_of_any_calendar():
    endpoint = systems.get("superres").endpoints[0]
    assert question(endpoint, file="f.nc", date="2008-02-30").date == "2008-02-30"
    for date in ("x", "", "2008-02-32", "14.3.2008"):
        with pytest.raises(BadData, match=r"not a date .*give a day"):
            question(endpoint, file="f.nc", date=date)


def test_an_impossible_time_of_an_observation_is_said_in_words():
    one = {"latitude": 0, "longitude": 0, "depth": 5, "temperature": 20, "time": "March"}
    endpoint = systems.get("reconstruct").endpoints[0]
    with pytest.raises(BadData) as caught:
        question(endpoint, date="2008-03", observations=[one])
    assert str(caught.value).endswith("(got 'March') → give one such as \"2008-02-15\"")
    assert "pattern" not in str(caught.value) and "\\d" not in str(caught.value)


def test_observations_without_a_month_are_refused_at_once():
    one = {"latitude": 0, "longitude": 0, "depth": 5, "temperature": 20, "time": "2008-03-02"}
    endpoint = systems.get("reconstruct").endpoints[0]
    with pytest.raises(BadData, match=r'no date was given.* give the month .* "2008-03"'):
        question(endpoint, observations=[one])
    assert question(endpoint, file="profiles.nc").date is None  # the file's own
