"""Great Expectations over the table of statistics, with HTML data docs.

A rule (`rules`) is asked of the rows that have a value for it. The first failing rows become an
error that names file, variable, depth, month and value. Great Expectations takes seconds to import,
so that is done on use.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from thermocline.errors import BadData
from thermocline.prepare.data_docs import add_links, add_style
from thermocline.prepare.rules import Rule, rules_of

MAX_FAILURES = 5
"""Failures spelled out in the error; the data docs have them all."""


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
    add_style(root)
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
    add_links(root / "docs")
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
