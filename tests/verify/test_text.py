"""Dates as a report says them."""

import numpy as np
import pytest

from thermocline.verify.board.text import date


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("2009-12", "December 2009"),
        ("2008-03-04", "4 March 2008"),
        (np.datetime64("2008-03"), "March 2008"),
        (np.datetime64("2008-03-04"), "4 March 2008"),
        (np.datetime64("2008-03-04T12:00"), "4 March 2008"),
    ],
)
def test_months_and_days(said, words):
    assert date(said) == words
