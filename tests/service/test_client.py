"""The Python client, and commands with --url, against a running service."""

import csv
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from test_service import GOOD
from tiny_superres import coarse_sst
from typer.testing import CliRunner

from thermocline import client as module
from thermocline.client import Client, ServiceError, State, Task
from thermocline.errors import BadData, BadFile


@pytest.fixture
def client(server: httpx.Client) -> Client:
    return Client(str(server.base_url))


def test_an_answer_is_the_service_s(client: Client, server: httpx.Client, tmp_path: Path) -> None:
    """As a dataset, and the bytes of its file; at once, and as a task."""
    plain = server.post("/reconstruct", json={**GOOD, "format": "netcdf"}).content
    (tmp_path / "plain.nc").write_bytes(plain)
    expected = xr.load_dataset(tmp_path / "plain.nc")
    xr.testing.assert_identical(client.ask("reconstruct", **GOOD), expected)
    told: list[tuple[int, int]] = []
    task = client.submit("reconstruct", **GOOD).wait(lambda *steps: told.append(steps))
    xr.testing.assert_identical(task.result(), expected)
    assert task.save(tmp_path / "task.nc").read_bytes() == plain
    assert told[-1][0] == told[-1][1] > 1
    served = {each["system"]: each["model"] for each in client.models()}
    assert served["reconstruct"]["name"] == expected.attrs["model_name"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is said as a problem of the file, before the service is asked."""
    with pytest.raises(BadFile, match=r"cannot be read.*another file"):
        Client("http://127.0.0.1:1").ask("reconstruct", file=tmp_path / "none.csv")


def test_datasets_and_files_are_uploaded(client: Client, tmp_path: Path) -> None:
    """Beside values that are no texts, and a text that looks like a number."""
    sst = coarse_sst()
    path = tmp_path / "sst.nc"
    sst.to_netcdf(path)
    asked = {"members": 2, "seed": 3, "date": None}
    first = client.ask("superresolve", file=sst, **asked)
    second = client.submit("superresolve", file=path, **asked).wait().result()
    np.testing.assert_array_equal(first["analysed_sst"], second["analysed_sst"])
    with pytest.raises(ServiceError, match="2008") as problem:
        client.ask("superresolve", file=sst, date="2008")
    assert "string" not in str(problem.value)  # as JSON, the bare text would be a number


def test_tables_are_what_they_would_be_as_files_and_lists(client: Client, tmp_path: Path) -> None:
    """A table as the file of a question, and as its list of points; a path may be a text."""
    table = pd.DataFrame(GOOD["observations"])
    asked = {name: value for name, value in GOOD.items() if name != "observations"}
    table.to_csv(tmp_path / "table.csv", index=False)
    by_path = client.ask("reconstruct", file=str(tmp_path / "table.csv"), **asked)
    np.testing.assert_array_equal(
        client.ask("reconstruct", file=table, **asked).thetao, by_path.thetao
    )
    table["error"] = table.get("error", np.nan)  # a column that some rows leave empty
    points = client.ask("reconstruct", observations=table, **asked)
    xr.testing.assert_identical(points, client.ask("reconstruct", **GOOD))


def test_what_is_no_json_is_said_before_the_service_is_asked() -> None:
    nowhere = Client("http://127.0.0.1:1")
    point = {**GOOD["observations"][0], "error": np.nan}
    for wrong in (point, {**point, "error": object()}):
        with pytest.raises(BadData, match=r"observations: no JSON can be made.*not known"):
            nowhere.ask("reconstruct", observations=[wrong])
    with pytest.raises(BadData, match="file: 5 is no file"):
        nowhere.ask("reconstruct", file=5)


def test_parts_are_asked_for_in_json_and_in_forms(client: Client, tmp_path: Path) -> None:
    """The same part of the same answer, whichever way the numbers are sent."""
    sst = coarse_sst()
    west, east = float(sst.lon[1]), float(sst.lon[-2])
    box = [west, float(sst.lat[1]), east, float(sst.lat[-2])]
    asked = {"file": sst, "members": 3, "box": box, "keep_members": True}
    whole = client.ask("superresolve", file=sst, members=3)
    part = client.ask("superresolve", **asked, quantiles=[0.25, 0.5])
    again = client.ask("superresolve", **asked | {"box": str(box)[1:-1]}, quantiles="0.25,0.5")
    xr.testing.assert_identical(part, again)
    cells = {"latitude": part.latitude, "longitude": part.longitude}
    np.testing.assert_array_equal(part.analysed_sst, whole.analysed_sst.sel(cells))
    assert 0 < part.analysed_sst.size < whole.analysed_sst.size
    median = part.analysed_sst_quantiles.sel(quantile=0.5)
    np.testing.assert_array_equal(median, np.median(part.analysed_sst_members, axis=0))
    alone = client.ask("superresolve", file=sst, members=3, quantiles=0.5)
    assert alone.analysed_sst_quantiles.sizes["quantile"] == 1
    task = client.submit("reconstruct", **GOOD, depths=[0, 60]).wait()
    assert task.result().depth.values.tolist() == [5]
    found = task.save(tmp_path / "part.zarr.zip")
    assert zipfile.is_zipfile(found)
    for wrong in ({"box": [0, 1, 2]}, {"depths": "9, 1"}, {"quantiles": 0.01}):
        with pytest.raises(ServiceError) as problem:
            client.ask("reconstruct", **GOOD, **wrong)
        assert problem.value.status in (400, 422) and problem.value.where in wrong


def test_what_is_refused_is_raised(client: Client, server: httpx.Client) -> None:
    for ask in (client.ask, client.submit):
        with pytest.raises(ServiceError, match="unknown field 'dat'") as problem:
            ask("reconstruct", dat="2008-03")
        assert problem.value.status == 400 and "date" in problem.value.fix
    land = {**GOOD, "observations": [{**GOOD["observations"][0], "depth": 9000.0}]}
    direct = server.post("/reconstruct", json=land).json()["error"]
    with pytest.raises(ServiceError) as problem:
        client.submit("reconstruct", **land).wait()
    assert problem.value.what == direct["what"]
    with pytest.raises(ServiceError, match="does not answer"):
        Client("http://127.0.0.1:1").models()


def test_cancel(client: Client) -> None:
    task = client.submit("reconstruct", **{**GOOD, "members": 64})
    assert task.cancel().status in ("cancelled", "finished")
    task.cancel()
    assert task.state().ended
    if task.state() == State("cancelled", task.state().step, task.state().steps):
        with pytest.raises(ServiceError, match="cancelled"):
            task.wait()


def test_a_service_that_is_away_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a task hears of its end from the service that starts again."""
    answers: list[Any] = [0, 503, {"status": "running", "step": 1, "steps": 2}, 0]
    answers.append({"status": "finished", "step": 2, "steps": 2})

    def send(method: str, path: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, int):
            raise ServiceError("away", status=answer)
        return SimpleNamespace(json=lambda: answer)

    monkeypatch.setattr(module, "FIRST", 0.0)
    monkeypatch.setattr(module, "LAST", 0.0)
    away = Client("http://nowhere")
    monkeypatch.setattr(away, "send", send)
    told: list[tuple[int, int]] = []
    Task(away, "id").wait(lambda *steps: told.append(steps))
    assert told == [(1, 2), (2, 2)] and not answers
    for status, patience in ((404, 120.0), (0, -1.0)):
        answers.append(status)
        monkeypatch.setattr(module, "PATIENCE", patience)
        with pytest.raises(ServiceError, match="away"):
            Task(away, "id").wait()


def test_command(client: Client, server: httpx.Client, tmp_path: Path) -> None:
    """Writes what the service answers, and says what it says of its own answers."""
    import typer

    from thermocline.cli import endpoints

    app = typer.Typer(cls=endpoints.Commands)
    app.callback()(lambda: None)
    endpoints.add_commands(app, app)
    table, output = tmp_path / "profiles.csv", tmp_path / "out.nc"
    with table.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(GOOD["observations"][0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(GOOD["observations"])
    arguments = ["reconstruct", str(table), "--date", GOOD["date"], "--members", "2"]
    arguments += ["--url", client.url]
    done = CliRunner().invoke(app, [*arguments, "--output", str(output)])
    assert done.exit_code == 0, done.output
    assert f"{output.name}: {GOOD['date']}" in done.output.replace("\n", "")
    assert "thermocline-reconstruct version unregistered" in done.output
    files = {"file": (table.name, table.read_bytes())}
    fields = {"date": f'"{GOOD["date"]}"', "members": "2", "format": "netcdf"}
    assert output.read_bytes() == server.post("/reconstruct", files=files, data=fields).content
    both = CliRunner().invoke(app, [*arguments, "--model", "folder"])
    assert both.exit_code != 0 and "--model" in str(both.exception)
