"""What is expected of a table of statistics.

Bounds are columns of the table, so that the same rules serve every variable.
"""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Rule:
    """One expectation: its Great Expectations class, its arguments, and what to say and do."""

    kind: str
    column: str
    arguments: dict[str, Any]
    meaning: str
    fix: str
    also: tuple[str, ...] = field(default=())
    """Further columns that explain a failing value."""


def _between(column: str, low: float | None, high: float | None, meaning: str, fix: str) -> Rule:
    arguments = {"column": column, "min_value": low, "max_value": high}
    return Rule("ExpectColumnValuesToBeBetween", column, arguments, meaning, fix)


def _pair(large: str, small: str, column: str, limit: str, meaning: str, fix: str) -> Rule:
    arguments = {"column_A": large, "column_B": small, "or_equal": True}
    return Rule(
        "ExpectColumnPairValuesAToBeGreaterThanB", column, arguments, meaning, fix, (limit,)
    )


def _true(column: str, meaning: str, fix: str) -> Rule:
    arguments = {"column": column, "value_set": [True]}
    return Rule("ExpectColumnValuesToBeInSet", column, arguments, meaning, fix)


def _within(column: str, lower: str, upper: str, meaning: str, fix: str) -> tuple[Rule, ...]:
    return (
        _pair(column, lower, column, lower, meaning, fix),
        _pair(upper, column, column, upper, meaning, fix),
    )


_REPLACE = "replace the file by a whole one"
_MATCH = "check that what is compared is of the same times and places, and rerun prepare"
_MASK = "replace the file if it is damaged, else give every month the same missing cells"
_MONTHLY = "give one field a month, such as monthly means"
_SORT = "sort the file along that coordinate"
_UNIT = "check the variable's unit, packing (scale_factor, add_offset) and fill value"
RULES = (
    _pair("minimum", "lower", "minimum", "lower", "lower than it can be at this depth", _UNIT),
    _pair("upper", "maximum", "maximum", "upper", "higher than it can be at this depth", _UNIT),
    Rule(
        "ExpectColumnPairValuesToBeEqual",
        "unit",
        {"column_A": "unit", "column_B": "expected_unit"},
        "unexpected unit",
        "convert the values, and say so in the variable's units attribute",
        ("expected_unit",),
    ),
    _between("latitude_min", -90, 90, "latitude out of range", "latitude lies in −90…90"),
    _between("latitude_max", -90, 90, "latitude out of range", "latitude lies in −90…90"),
    _between("longitude_min", -180, 180, "longitude out of range", "use −180…180"),
    _between("longitude_max", -180, 180, "longitude out of range", "use −180…180"),
    _between("count", 1, None, "no value at all", _REPLACE),
    Rule(
        "ExpectColumnValuesToBeBetween",
        "empty_steps",
        {"column": "empty_steps", "min_value": 0, "max_value": 0},
        "times without any value",
        _REPLACE,
        ("first_empty",),
    ),
    _between("std", 1e-6, None, "every value is the same", _REPLACE),
    _between("time_gaps", 0, 0, "months are missing in between", "add the missing files"),
    _true("time_ascending", "several times in one month, or months out of order", _MONTHLY),
    _true("depth_ascending", "depth does not ascend", _SORT),
    _true("latitude_ascending", "latitude does not ascend", _SORT),
    _true("longitude_ascending", "longitude does not ascend", _SORT),
    _between("fill_change", 0, 1e-9, "the share of valid cells changes", _MASK),
    *_within("pooled_mean", "mean_lower", "mean_upper", "biased: its mean should be 0", _MATCH),
    *_within("pooled_std", "std_lower", "std_upper", "not of unit size", _MATCH),
)


def rules_of(table: pd.DataFrame) -> list[Rule]:
    """The rules that a table has something for."""
    columns = lambda rule: [v for k, v in rule.arguments.items() if k.startswith("column")]
    return [
        rule
        for rule in RULES
        if all(name in table and table[name].notna().any() for name in columns(rule))
    ]
