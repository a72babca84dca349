"""Every value that a file holds is used or dropped, for one reason."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from thermocline.sources.account import Account, DropCounter

masks = arrays(bool, (4, 3))


@given(held=masks, first=masks, second=arrays(bool, (4, 1)))
def test_used_and_dropped_are_what_is_held(held, first, second):  # type: ignore[no-untyped-def]
    counter = DropCounter(held)
    counter.drop("flagged bad", first)
    counter.drop("without a time", second)
    counter.drop("flagged bad", first)  # nothing is dropped twice
    account = counter.account()
    assert account.used == counter.remaining.sum() == (held & ~first & ~second).sum()
    assert account.held == held.sum() == account.used + sum(account.dropped.values())
    assert Account.from_json(account.to_json()) == account


def test_in_words() -> None:
    counter = DropCounter(np.array([True, True, True, False]))
    counter.drop("flagged bad", np.array([True, False, False, True]))
    counter.note(
        "TEMP_ADJUSTED is read, where it is given", "TEMP_ADJUSTED is read, where it is given"
    )
    account = counter.account().without({"on land": 1, "off the month": 0})
    assert account.lines() == [
        "1 of 3 values used",
        "  1 flagged bad",
        "  1 on land",
        "TEMP_ADJUSTED is read, where it is given",
    ]


def test_what_does_not_add_up_is_no_account() -> None:
    with pytest.raises(AssertionError):
        Account(held=3, used=1, dropped={"flagged bad": 1})
