"""A file's map is found by its date; a missing or a wrong date is refused with what to do."""

import numpy as np
import pytest

from thermocline.answers.one_map import the_map
from thermocline.errors import BadData

DAYS = np.array(["2008-02-20", "2008-03-01", "2008-03-27"], "datetime64[ns]")
MEANT = [("2008-02", 0), ("2008-03-01", 1), (" 2008-03-27", 2)]
REFUSED = [
    ("2008-03-14", "no map of 2008-03-14; it has 3 maps"),
    ("2008-03-14", "such as 2008-03-01 or 2008-03-27"),
    ("1999-01-01", "such as 2008-02-20"),
    ("2020-01", "such as 2008-03-27"),
    ("2008-03", "2 maps of 2008-03; it has 3 maps"),
    ("2008-03", "such as 2008-03-01 or 2008-03-27"),
    (None, "say which by its date: 2008-02-20, 2008-03-01, 2008-03-27"),
    ("March", "not a date"),
]


@pytest.mark.parametrize(("date", "number"), MEANT)
def test_found_by_as_much_as_says_which(date, number):
    assert the_map(DAYS, date, "x.nc") == (number, DAYS[number])


def test_of_many_maps_the_first_and_the_last_are_named():
    days = np.arange("2008-01-01T12", "2008-02-01T12", 24, dtype="datetime64[h]")
    days = days.astype("datetime64[ns]")
    with pytest.raises(BadData, match=r"by its date, from 2008-01-01 to 2008-01-31$"):
        the_map(days, None, "x.nc")


def test_a_single_map_needs_no_date():
    assert the_map(DAYS[:1], None, "x.nc") == (0, DAYS[0])
    assert the_map(np.array([7]), None, "x.nc") == (0, None)


def test_a_single_map_of_another_day_is_not_meant():
    with pytest.raises(BadData, match="no map of 2008-02-21; it has a single map"):
        the_map(DAYS[:1], "2008-02-21", "x.nc")


@pytest.mark.parametrize("date", ["2008-03-14", "2008-03", None])
def test_maps_without_dates_are_not_told_apart_by_one(date):
    if date:
        with pytest.raises(BadData, match="its only map has no date → leave the date out"):
            the_map(np.array([7]), date, "x.nc")
    with pytest.raises(BadData, match="its 2 maps have no dates → give one map alone"):
        the_map(np.array([7, 8]), date, "x.nc")


@pytest.mark.parametrize(("date", "said"), REFUSED)
def test_refused_in_words(date, said):
    with pytest.raises(BadData) as refused:
        the_map(DAYS, date, "x.nc")
    assert said in str(refused.value)
