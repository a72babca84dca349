"""Periods in words, and the dates in them, against pandas."""

import pandas as pd
import pytest

from thermocline.answers.periods import dates_in, period
from thermocline.errors import BadData


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2008-01/2008-12", "2008-01-01", "2008-12-31"),
        ("2008-02", "2008-02-01", "2008-02-29"),
        (" 2007 / 2008 ", "2007-01-01", "2008-12-31"),
        ("2008-03-14/2008-04", "2008-03-14", "2008-04-30"),
        ("2008-03-14", "2008-03-14", "2008-03-14"),
    ],
)
def test_periods(text: str, first: str, last: str) -> None:
    found = period(text)
    assert tuple(map(str, found)) == (first, last)
    every = pd.date_range(first, last)
    assert dates_in(found, "day") == list(every.strftime("%Y-%m-%d"))
    assert dates_in(found, "day", 7) == list(every[::7].strftime("%Y-%m-%d"))
    months = list(dict.fromkeys(every.strftime("%Y-%m")))
    assert dates_in(found, "month") == months
    assert dates_in(found, "month", 2) == months[::2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no period"),
        ("soon", "is no period"),
        ("2008-13", "is no period"),
        ("2007-02-29", "is no period"),
        ("2008/2009/2010", "is no period"),
        ("2008-03:2008-04", "is no period"),
        ("2008-04/2008-03", "ends before it begins"),
        ("1500/1501", "outside 1678"),
    ],
)
def test_what_is_no_period(text: str, words: str) -> None:
    with pytest.raises(BadData, match=words):
        period(text)
