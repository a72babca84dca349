"""Which periods and regions can be asked for, and what they come to."""

from datetime import date

import pytest

from thermocline.errors import BadConfig
from thermocline.fetch.request import Period, Region


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2008", date(2008, 1, 1), date(2008, 12, 31)),
        ("2008-02", date(2008, 2, 1), date(2008, 2, 29)),
        ("2008-12", date(2008, 12, 1), date(2008, 12, 31)),
        ("2008-03-14", date(2008, 3, 14), date(2008, 3, 14)),
        ("2008-03-14/2008-03", date(2008, 3, 14), date(2008, 3, 31)),
        ("2007-12/2008", date(2007, 12, 1), date(2008, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_periods(text, first, last):
    assert Period.parse(text) == Period(first, last)


def test_days_and_months_of_a_period():
    assert Period.parse("2007-12/2008-01").months == [date(2007, 12, 1), date(2008, 1, 1)]
    assert len(Period.parse("2008").days) == 366


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "2008/", "/2008", "2008/2009/2010", "march", "２００８", "2008-3", "208"),
        *("0000", "2008-00", "2008-13", "2008-03-00", "2008-00-01", "2008-00-00"),
        *("2008-02-30", "2007-02-29", "2008-04-31", "2008-00/2008-02", "2008-01/2008-00"),
        *("2009/2008", "2008-03/2008-02", "2008-03-14/2008-03-13", "2008-03/2008-02-29"),
    ],
)
def test_what_is_no_period(text):
    with pytest.raises(BadConfig):
        Period.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("1,2,3", "a,b,c,d", "0,5,10,-5", "0,0,400,10", "nan,0,1,1", "-181,0,1,1"),
        *("10,0,10,5", "180,0,-180,5", "360,0,0,5"),
    ],
)
def test_what_is_no_region(text):
    with pytest.raises(BadConfig):
        Region.parse(text)


@pytest.mark.parametrize(
    "text, spans",
    [
        ("-180,-90,180,90", ((-180, 180),)),
        ("0,0,360,10", ((-180, 180),)),
        ("-180,0,360,10", ((-180, 180),)),
        ("-60,20,-10,50", ((-60, -10),)),
        ("0,0,180,10", ((0, 180),)),
        ("170,0,-170,10", ((170, 180), (-180, -170))),
        ("170,0,190,10", ((170, 180), (-180, -170))),
        ("180,0,190,10", ((-180, -170),)),
        ("170,0,-180,10", ((170, 180),)),
        ("350,0,10,10", ((-10, 10),)),
        ("200,0,-170,10", ((-160, 180), (-180, -170))),
        ("-10,0,340,10", ((-10, 180), (-180, -20))),
    ],
)
def test_spans_go_from_west_to_east(text, spans):
    assert Region.parse(text).spans == spans
