"""A question that cannot be asked: the message names the field, and no type of Python."""

import json

import pandas as pd
import pytest
from bento.replies import uniform
from pydantic import BaseModel, ValidationError

from thermocline import systems
from thermocline.answers.mistakes import told
from thermocline.errors import BadData
from thermocline.predict.answering import question

POINT = {"latitude": 35, "longitude": -40, "depth": 10}


def said(system: str, **values: object) -> str:
    """The message of a question that is refused."""
    endpoint = next(each for each in systems.get(system).endpoints if each.route != "generate")
    with pytest.raises(BadData) as caught:
        question(endpoint, **values)
    return str(caught.value)


def test_a_field_of_an_observation_that_is_missing_or_not_known_is_named():
    points = [POINT | {"temp": 18}] * 2
    assert said("reconstruct", date="2008-03", observations=points) == (
        "observations[0]: `temperature` is missing; `temp` is not known; and 2 more"
    )
    one = [POINT | {"temperature": "warm"}]
    assert said("reconstruct", date="2008-03", observations=one).startswith(
        "observations[0].temperature: should be a valid number"
    )


def test_the_service_says_the_same():
    class Point(BaseModel, extra="forbid"):
        temperature: float

    class Asked(BaseModel):
        observations: list[Point]

    with pytest.raises(ValidationError) as caught:
        Asked(observations=[{"temp": 18}])
    details = caught.value.errors(include_context=False, include_input=False)
    error = uniform(400, json.dumps({"detail": details}).encode())["error"]
    assert error["where"] == "observations[0]"
    assert error["what"] == "`temperature` is missing; `temp` is not known"


def test_a_value_that_says_nothing_at_all_is_at_its_own_place():
    assert said("seaice", date="2008-03-14", observations=[{"latitude": 85, "longitude": 0}]) == (
        "observations[0]: give a concentration, a thickness or both"
    )


def test_an_unknown_field_is_told_its_neighbour_or_what_there_is():
    assert said("reconstruct", file="f.nc", membrs=3) == (
        "membrs: is not known → did you mean `members`?"
    )
    assert "known are members, seed" in said("reconstruct", file="f.nc", zzz=3)


@pytest.mark.parametrize("wrong", [[1, 2], 3])
def test_no_message_speaks_of_types_of_python(wrong):
    for values in ({"file": wrong}, {"file": "f.nc", "date": wrong}):
        assert "class" not in said("reconstruct", **values)
    what = (
        "is several, where one is asked for: make one"
        if wrong != 3
        else "is no path of a file (got 3)"
    )
    assert said("reconstruct", file=wrong).startswith(f"file: {what}")


def test_quantiles_of_too_few_members_say_how_many_are_needed():
    assert said("reconstruct", file="f.nc", members=4, quantiles="0.05, 0.95") == (
        "quantiles: these quantiles need more members (got '0.05, 0.95') → "
        "give `members` of 19 at least (`--members 19`)"
    )


def test_what_is_wrong_is_told_however_it_is_listed():
    assert told([{"loc": (), "msg": "Value error, neither"}]) == ("neither", "request", "")
    assert told([{"loc": ("a",), "msg": "Bad", "type": "missing"}]).what == "is missing"


def test_several_dates_are_asked_for_one_by_one():
    for dates in (["2008-03", "2008-04"], pd.date_range("2008-03-01", periods=2)):
        told_so = said("reconstruct", file="f.nc", date=dates)
        assert told_so.startswith(
            "date: is several, where one is asked for: ask once for each (got"
        )
    assert "several" not in said("reconstruct", file="f.nc", date=200803)
    files = said("reconstruct", date="2008-03", file=["a.nc", "b.nc"])
    assert "is several, where one is asked for: make one file or table of them" in files


def test_a_number_in_words_is_no_whole_number():
    assert said("seaice", file="f.nc", members="eight").startswith(
        "members: is no whole number (got 'eight')"
    )
