"""The month that an answer is for."""

import numpy as np

from thermocline.answers.dates import MONTH, check_moment
from thermocline.errors import BadObservations
from thermocline.sources.account import Account


def parse_month(date: str | np.datetime64) -> np.datetime64:
    """The month (datetime64[M]) of "2008-03", "2008-03-15" or a datetime64.

    Raises:
        BadObservations: for anything else, and for a year that answers cannot be dated in.
    """
    text = str(date).strip(" ")
    try:
        check_moment(text, repr(text[:40]))
    except ValueError as problem:
        raise BadObservations(
            str(problem) if text else "no date was given",
            where="date",
            fix=MONTH,
        ) from None
    return np.datetime64(text[:7], "M")


def month_of_table(date: str | np.datetime64 | None, where: str, account: Account) -> np.datetime64:
    """The month asked for, of a table whose rows have no time."""
    if not account.held:
        raise BadObservations(
            "the table has no observation: it is empty",
            where=where,
            fix="give at least one line with a temperature",
        )
    if date is None:
        raise BadObservations(
            "the table has no column time and no date was given",
            where=where,
            fix='give a date such as "2008-03", or add a column time',
        )
    return parse_month(date)


def choose_month(
    time: np.ndarray, date: str | np.datetime64 | None, window: int, where: str
) -> np.datetime64:
    """The month asked for, if anything was observed within `window` months of it.

    Without one, that of the observation nearest the median time.
    """
    known = np.sort(time[~np.isnat(time)])
    if known.size == 0:
        raise BadObservations("no observation has a time", where=where, fix="give dates")
    if date is None:
        # The middle element is itself an observation, so that its month holds at least one.
        return known[known.size // 2].astype("datetime64[M]")
    month = parse_month(date)
    if not near_month(known, month, window).any():
        months = np.unique(known.astype("datetime64[M]"))
        raise BadObservations(
            f"no usable observation in {month}, but in {months.size} other months",
            where=where,
            fix="ask for another month, or leave the date out",
        )
    return month


def near_month(time: np.ndarray, month: np.datetime64, window: int) -> np.ndarray:
    """Which times are at most `window` months away; those unknown are not."""
    apart = (time.astype("datetime64[M]") - month).astype(np.int64)
    return ~np.isnat(time) & (np.abs(apart) <= window)
