"""Answers for the dates of a period: each as if it were asked alone, and none made twice."""

from pathlib import Path

import pytest
import typer
import xarray as xr

import thermocline.systems.reconstruct.endpoints.tables as tables
from thermocline import predict
from thermocline.cli.asking import ask
from thermocline.cli.series import _print_dates
from thermocline.errors import BadData, BadFile
from thermocline.predict import Dated
from thermocline.systems import endpoints

PERIOD = "2008-02/2008-06"  # casts are in March and April; a window of a month reaches around


def endpoint_of(served):
    return predict.endpoints(served)[0]


def command(served, folder: Path, casts: Path, capsys, dates: str = PERIOD, **values) -> str:
    """What `thermocline reconstruct` prints, and " status 1" if that is its status."""
    given = {"model": str(served.folder), "url": None, "file": casts, "members": 2, **values}
    try:
        ask("reconstruct", endpoint_of(served), folder, dates=dates, **given)
    except typer.Exit as end:
        return f"{capsys.readouterr().out} status {end.exit_code}"
    return capsys.readouterr().out


def test_each_is_the_answer_of_its_date(served, casts: Path, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "series"
    text = command(served, folder, casts, capsys)
    assert "4 of 5 dates have an answer\n" in text and text.endswith(" status 1")
    assert "warning, 2008-02, 2008-03, 2008-04, 2008-05: 2008 is" in text
    assert "2008-06: " in text and "2008-06, but in 2 other months" in text
    assert sorted(each.name for each in folder.iterdir()) == [
        f"2008-0{month}.nc" for month in (2, 3, 4, 5)
    ]
    for month in ("2008-02", "2008-04"):
        alone = tmp_path / f"{month}.nc"
        request = predict.question(endpoint_of(served), file=casts, date=month, members=2)
        predict.write_answer(served, endpoint_of(served), request, alone)
        assert alone.read_bytes() == (folder / alone.name).read_bytes()
    each = [xr.open_dataset(path).drop_dims("observation") for path in sorted(folder.iterdir())]
    whole = xr.concat(each, "time", data_vars="minimal", combine_attrs="drop_conflicts")
    assert whole.sizes["time"] == 4 and whole["thetao"].dims[0] == "time"


def test_what_is_there_is_kept_and_another_question_is_asked_anew(
    served, casts: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read = tmp_path / "series", []
    reader = tables.profiles_of
    monkeypatch.setattr(tables, "profiles_of", lambda path: read.append(path) or reader(path))
    first = command(served, folder, casts, capsys, "2008-03/2008-04")
    assert "2 of 2 dates have an answer\n" in first and "status" not in first
    assert len(read) == 1, "the file is read once for all dates"
    (folder / "2008-04.nc").unlink()  # as if killed before
    before = (folder / "2008-03.nc").stat().st_mtime_ns
    again = command(served, folder, casts, capsys, "2008-03/2008-04")
    assert "2 of 2 dates have an answer, 1 of them there before" in again
    assert (folder / "2008-03.nc").stat().st_mtime_ns == before
    for changed in ({"members": 3}, {"seed": 1}):
        text = command(served, folder, casts, capsys, "2008-03", **changed)
        assert "there before" not in text
    half = (folder / "2008-03.nc").read_bytes()[:3000]
    (folder / "2008-03.nc").write_bytes(half)
    assert "there before" not in command(served, folder, casts, capsys, "2008-03", seed=1)
    casts.write_text(casts.read_text() + "1.0, -30.0, 5, 25.0, , 2008-03-12\n")
    assert "there before" not in command(served, folder, casts, capsys, "2008-03", seed=1)


def test_in_a_notebook(served, casts: Path) -> None:
    import pandas as pd

    table = pd.read_csv(casts, comment="#", skipinitialspace=True)
    found = dict(predict.ask_each(served, "2008-03/2008-04", file=table, members=2))
    assert list(found) == ["2008-03", "2008-04"]
    for date, field in found.items():
        alone = predict.ask(served, file=table, date=date, members=2)
        xr.testing.assert_identical(field, alone)


def test_periods_of_pandas_and_what_is_none(served, casts: Path) -> None:
    import pandas as pd

    def dates(given, **values) -> list[str]:
        return [date for date, _ in predict.ask_each(served, given, file=casts, **values)]

    assert dates(pd.Period("2008-03"), members=2) == ["2008-03"]
    for wrong in (("2008-03", "2008-04"), ["2008-03"], None, 2008):
        with pytest.raises(BadData, match="is no period"):
            dates(wrong)
    for every in ("2", 1.5, None):
        with pytest.raises(BadData, match="every: every"):
            dates("2008-03", every=every)


def test_files_of_something_else_are_not_replaced(served, casts: Path, tmp_path, capsys) -> None:
    own = tmp_path / "2008-03.nc"
    xr.Dataset({"sst": ("x", [1.0])}, {"x": [0]}, {"title": "a map of mine"}).to_netcdf(own)
    before = own.read_bytes()
    text = command(served, tmp_path, casts, capsys, "2008-03/2008-04")
    assert "1 of 2 dates have an answer\n" in text and text.endswith(" status 1")
    assert "2008-03.nc: is a file of something else" in text and own.read_bytes() == before


def test_a_file_that_changes_meanwhile_is_read_again(served, casts: Path) -> None:
    given = {"file": casts, "members": 2}
    series = predict.ask_each(served, "2008-03/2008-04", **given)
    next(series)
    casts.write_text(casts.read_text().replace("2008-04", "2008-03"))
    _, second = next(series)
    xr.testing.assert_identical(second, predict.ask(served, date="2008-04", **given))


def test_reasons_that_differ_in_dates_alone_are_said_once(tmp_path: Path, capsys) -> None:
    words = "file: no map of {0}; it has 8 → give another, such as {1}2008-06-09T12:00:00"
    near = ["2008-01-05T12:00:00 or ", "", "2008-04-05T12:00:00 or "]
    days = [f"2008-05-{day:02d}" for day in (1, 2, 3)]
    found = [
        Dated(day, tmp_path, {}, words.format(day, each))
        for day, each in zip(days, near, strict=True)
    ]
    _print_dates(tmp_path, [*found, Dated("2008-06-01", tmp_path, {}, "another")])
    first = f"  {', '.join(days)}: {found[0].problem}\n  2008-06-01: another\n"
    assert capsys.readouterr().out == f"{tmp_path}: 0 of 4 dates have an answer\n{first}"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"date": "2008-03"}, "both a date and dates"),
        ({"every": 0}, "every 0"),
        ({"dates": None, "date": "2008-03", "every": 7}, "every: given without dates"),
        ({"dates": "soon"}, "is no period"),
        ({"dates": "1700/2250", "every": 1, "step": "day"}, "dates"),
        ({"members": -1}, "members|greater"),
        ({"file": Path("nothere.nc")}, "nothere.nc: no such file"),
    ],
)
def test_impossible_series_are_refused_before_anything_is_made(
    served, casts: Path, tmp_path: Path, capsys, values: dict, words: str
) -> None:
    from dataclasses import replace

    values = dict(values)
    kind = replace(endpoint_of(served), step=values.pop("step", "month"))
    given = {"dates": PERIOD, "every": 1, "model": str(served.folder), "url": None, "file": casts}
    with pytest.raises((BadData, BadFile), match=words):
        ask("reconstruct", kind, tmp_path / "series", **{**given, **values})
    assert not (tmp_path / "series").exists()


def test_a_question_without_a_date_has_no_series() -> None:
    generate = next(each for _, each in endpoints() if "date" not in each.Request.model_fields)
    with pytest.raises(BadData, match=f"{generate.route} has no date"):
        predict.questions(generate, PERIOD, 1, {})


def test_a_file_is_no_folder(served, casts: Path, tmp_path: Path) -> None:
    given = {"dates": PERIOD, "model": str(served.folder), "url": None, "file": casts}
    with pytest.raises(BadData, match="files in a folder"):
        ask("reconstruct", endpoint_of(served), tmp_path / "series.nc", **given)
