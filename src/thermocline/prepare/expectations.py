"""Great Expectations over the table of statistics, with HTML data docs.

Bounds are columns of the table, so that the same rules serve every variable; a rule is asked of
the rows that have a value for it. The first failing rows become an error that names file, variable,
depth, month and value. Great Expectations takes seconds to import, so that is done on use.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from thermocline.errors import BadData

MAX_FAILURES = 5
"""Failures spelled out in the error; the data docs have them all."""


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


def validate(table: pd.DataFrame, project_root: str | Path, suite_name: str) -> dict[str, Any]:
    """Check a table of statistics and write its data docs to `project_root`/docs/index.html.

    Args:
        suite_name: what is checked, such as `raw`.

    Returns:
        a summary without timestamps: rows, files, and each expectation with how many rows it
        was asked of.

    Raises:
        BadData: naming file, variable, depth, month and value of the first failures.
    """
    rules = rules_of(table)
    result = _run(table, Path(project_root), suite_name, rules)
    failures = []
    for rule, outcome in zip(rules, result, strict=True):
        if outcome["exception"]:
            raise BadData(f"{rule.kind} of {rule.column} failed to run: {outcome['exception']}")
        failures += [(rule, index) for index in outcome["rows"]]
    if failures:
        lines = [_describe(table.loc[index], rule) for rule, index in failures[:MAX_FAILURES]]
        rest = f" (and {len(failures) - MAX_FAILURES} more)" if len(failures) > MAX_FAILURES else ""
        raise BadData(
            "; ".join(lines) + rest,
            where=f"validation of {suite_name} data",
            fix=f"{failures[0][0].fix}; all results: {Path(project_root) / 'docs/index.html'}",
        )
    return {
        "suite": suite_name,
        "rows": len(table),
        "files": sorted(table["file"].unique()),
        "expectations": [
            {"expectation": rule.kind, "column": rule.column, "rows": outcome["asked"]}
            for rule, outcome in zip(rules, result, strict=True)
        ],
    }


def _describe(row: pd.Series, rule: Rule) -> str:
    def show(value: Any) -> str:
        return f"{value:.6g}" if isinstance(value, float) else str(value)

    also = "".join(f", {name} {show(row[name])}" for name in rule.also)
    place = f"{row['file']}: {row['variable']} at {row['depth']:g} m, month {row['month']:.0f}"
    return f"{place}: {rule.meaning} ({rule.column} {show(row[rule.column])}{also})"


def _run(
    table: pd.DataFrame, root: Path, suite_name: str, rules: Sequence[Rule]
) -> list[dict[str, Any]]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # What an earlier or killed run left is of no use to this one.
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    context = gx.get_context(mode="file", project_root_dir=root)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.add_data_docs_site(
        "docs",
        {
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str((root / "docs").resolve()),
            },
        },
    )
    source = context.data_sources.add_pandas("statistics")
    batch = source.add_dataframe_asset(suite_name).add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name=suite_name)
    for number, rule in enumerate(rules):
        expectation = getattr(gx.expectations, rule.kind)
        suite.add_expectation(
            expectation(**rule.arguments, meta={"rule": number}, notes=rule.meaning)
        )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=suite_name, data=batch, suite=context.suites.add(suite))
    )
    checkpoint = gx.Checkpoint(
        name=suite_name,
        validation_definitions=[definition],
        result_format={"result_format": "COMPLETE"},
        actions=[gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=["docs"])],
    )
    run = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": table})
    outcomes: list[dict[str, Any]] = [{} for _ in rules]
    for item in next(iter(run.run_results.values())).results:
        config = item.expectation_config
        if config is None or config.meta is None:
            continue
        outcomes[config.meta["rule"]] = {
            "exception": _exception(item.exception_info),
            "asked": int(item.result.get("element_count", 0)),
            "rows": list(item.result.get("unexpected_index_list") or []),
        }
    return outcomes


def _exception(info: Any) -> str:
    """The message of an expectation that could not be evaluated, or nothing."""
    parts = [info] if "raised_exception" in info else list(info.values())
    return "; ".join(
        str(p["exception_message"])
        for p in parts
        if isinstance(p, dict) and p.get("raised_exception")
    )
