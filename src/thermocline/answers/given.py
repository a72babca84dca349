"""What may be given from Python in the place of files and lists: xarray datasets, pandas tables.

Nothing here imports either package.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

from thermocline.errors import ThermoclineError
from thermocline.files import temporary_directory


@contextmanager
def as_file(source: Any) -> Iterator[Path]:
    """The path of a file, or of one that is made of `source`, and removed again.

    Args:
        source: a path; an xarray dataset, which is written as NetCDF; or a pandas table, as CSV,
            with the parts of its index that have a name as columns.
    """
    if not is_data(source):
        yield Path(source)
        return
    with temporary_directory() as folder:
        if hasattr(source, "to_netcdf"):
            path = Path(folder) / "dataset.nc"
            source.to_netcdf(path)
        else:
            path = Path(folder) / "table.csv"
            _with_index(source).to_csv(path, index=False)
        try:
            yield path
        except ThermoclineError as problem:
            # Nobody knows the file: it is what was given that is wrong.
            for name in (str(path), path.name):
                problem.where = problem.where.replace(name, f"the {path.stem}")
            if is_table(source):
                problem.what = re.sub(r"\bline (\d+)", _row, problem.what)
            raise


def is_data(source: Any) -> bool:
    """Whether it is such a dataset or table."""
    return hasattr(source, "to_netcdf") or is_table(source)


def is_table(source: Any) -> bool:
    """Whether it is a pandas table."""
    return hasattr(source, "to_csv") and hasattr(source, "columns")


def rows(table: Any) -> list[dict[str, Any]]:
    """A table's rows as JSON has them: without what a row does not say, times in UTC as text."""
    table = _with_index(table)
    known = table.notna().to_dict("records")
    return [
        {name: _as_json(value) for name, value in row.items() if there[name]}
        for row, there in zip(table.to_dict("records"), known, strict=True)
    ]


@contextmanager
def as_files_and_rows(
    values: Mapping[str, Any], uploads: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Fields of a request with datasets and tables as files, in `uploads`, and as rows elsewhere.

    The files are there until the block ends. Dates of Python, numpy and pandas become text.
    """
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(as_file(value))
            if name in uploads and is_data(value)
            else rows(value)
            if is_table(value)
            else _date_as_text(value)
            for name, value in values.items()
        }


def _row(line: re.Match[str]) -> str:
    """A line of the CSV file, whose first has the names, as `iloc` counts rows."""
    return f"row {int(line[1]) - 2} (the first is 0)"


def _with_index(table: Any) -> Any:
    """A table with those parts of its index as columns that have a name and are none yet."""
    named = [name for name in table.index.names if name is not None and name not in table.columns]
    return table.reset_index(level=named) if named else table


def _date_as_text(value: Any) -> Any:
    """A day, or a time in UTC where it is not midnight; anything else as it is."""
    value = _in_utc(value)
    if type(value).__name__ in ("datetime64", "Period"):
        text = str(value)
    elif hasattr(value, "isoformat"):
        text = value.isoformat()
    else:
        return value
    day, _, clock = text.partition("T")
    return text if clock.strip("0:.") else day


def _as_json(value: Any) -> Any:
    value = _in_utc(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _in_utc(value: Any) -> Any:
    """A time with a zone in UTC, without one; anything else as it is."""
    if getattr(value, "tzinfo", None) is None or not hasattr(value, "astimezone"):
        return value
    return value.astimezone(UTC).replace(tzinfo=None)
