"""The same question for many dates: an answer each, which a run that was killed goes on from."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from thermocline.answers.given import as_files_and_rows
from thermocline.answers.periods import dates_in, period
from thermocline.answers.reading import remembering
from thermocline.answers.request import uploads
from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.predict.answering import answer, describe, endpoint_of, question
from thermocline.predict.asked import asked, digest
from thermocline.predict.identity import ServedModel
from thermocline.sources.files.opening import local_file
from thermocline.systems.endpoint import Endpoint, Options

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

MAX_DATES = 10_000
Making = Callable[[str, Path], Mapping[str, Any]]
"""Makes the answer of a date in a file, and returns what `describe` says of it."""


class Dated(NamedTuple):
    """What became of a date.

    Attributes:
        said: what `describe` says of the answer; empty if there is none.
        problem: why there is none.
        kept: whether its file was there before.
    """

    date: str
    path: Path
    said: Mapping[str, Any]
    problem: str = ""
    kept: bool = False


def questions(
    endpoint: Endpoint, dates: str, every: int, values: Mapping[str, Any]
) -> dict[str, "BaseModel"]:
    """The request of each date of a period such as "2008-01/2008-12", by date.

    Args:
        every: 1 for each day (or month, where answers are for months), 2 for every second one.
        values: the other fields of the request.

    Raises:
        BadData: for no period, too many dates, or a request that is impossible on any date.
        BadFile: for a file that is not there.
    """
    if "date" not in endpoint.Request.model_fields:
        raise BadData(f"{endpoint.route} has no date", where="dates", fix="ask without them")
    if values.get("date") is not None:
        raise BadData("both a date and dates", where="dates", fix="leave one of them out")
    if not isinstance(every, Integral) or every < 1:
        raise BadData(f"every {every!r:.40}", where="every", fix="give 1, or a larger whole number")
    found = dates_in(period(dates), endpoint.step, every)
    if len(found) > MAX_DATES:
        raise BadData(
            f"{len(found):,} dates", where="dates", fix=f"ask for {MAX_DATES:,} at most at a time"
        )
    given = {name: value for name, value in values.items() if name != "date"}
    for name in uploads(endpoint.Request):
        if isinstance(given.get(name), str | Path):
            local_file(given[name])
    return {date: question(endpoint, date=date, **given) for date in found}


def write_series(
    endpoint: Endpoint,
    requests: Mapping[str, "BaseModel"],
    folder: Path,
    model_digest: str,
    make: Making,
) -> Iterator[Dated]:
    """Answers as DATE.nc in a folder, one after another; those that are there already are kept.

    A date that has no answer, such as one without observations, does not end the series. Nor does
    one whose file is something else than an answer, which is left as it is.

    Args:
        requests: by date; see `questions`.
        model_digest: of the model that answers: files of another are made anew.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadFile(
            f"is no folder ({problem.strerror})", where=str(folder), fix="name another output"
        ) from problem
    files: dict[Any, xr.Dataset] = {}
    for date, request in requests.items():
        path = folder / f"{date}.nc"
        there = _there(endpoint, path, digest(asked(endpoint, request)), model_digest)
        if there is not None:
            yield Dated(date, path, there, kept=True)
            continue
        try:
            _refuse_others(path)
            with remembering(files):
                said = make(date, path)
        except ThermoclineError as problem:
            yield Dated(date, path, {}, str(problem))
        else:
            yield Dated(date, path, said)


def ask_each(
    served: ServedModel,
    dates: Any,
    route: str = "",
    *,
    every: int = 1,
    options: Options | None = None,
    **values: Any,
) -> Iterator[tuple[str, "xr.Dataset"]]:
    """`ask` for each date of a period, for notebooks: date and answer.

    Args:
        dates: such as "2008-01/2008-12", or a day, month or year as Python and pandas have them.
        every: see `questions`.
        values: fields of the request but `date`, as for `ask`.

    Raises:
        ThermoclineError: for the first date that has no answer.
    """
    endpoint = endpoint_of(served, route)
    files: dict[Any, xr.Dataset] = {}
    with as_files_and_rows({**values, "dates": dates}, uploads(endpoint.Request)) as given:
        within = given.pop("dates")
        for date, request in questions(endpoint, within, every, given).items():
            with remembering(files):
                found = answer(served, endpoint, request, options)
            yield date, found


def _there(
    endpoint: Endpoint, path: Path, request_digest: str, model_digest: str
) -> dict[str, Any] | None:
    """What `describe` says of a file that holds this model's answer to this question, or None."""
    from thermocline.netcdf import open_answer

    if not (model_digest and path.is_file()):
        return None
    with suppress(OSError, ValueError), open_answer(path) as dataset:
        known = dataset.attrs.get("request_digest"), dataset.attrs.get("model_digest")
        if known == (request_digest, model_digest):
            return describe(endpoint, dataset)
    return None


def _refuse_others(path: Path) -> None:
    """Raises BadFile for a NetCDF that is no answer: dates chose its name, not whoever asks."""
    from thermocline.netcdf import open_dataset

    other = False
    with suppress(OSError, ValueError), open_dataset(path) as file:
        other = "request_digest" not in file.ncattrs()
    if other:
        raise BadFile(
            "is a file of something else than an answer, which would be replaced",
            where=str(path),
            fix="name another folder",
        )
