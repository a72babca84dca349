"""A system that nobody here has heard of is served, and has a command, by its endpoint alone."""

import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np
import pytest
import reader_faults
import xarray as xr
from pydantic import Field
from starlette.testclient import TestClient
from tasking import check_cancelled, check_refusals, check_result, check_uploads
from typer.testing import CliRunner
from waiting import LONG, check_log, check_nothing_waits

from thermocline import systems
from thermocline.answers.reading import read
from thermocline.answers.request import Members, Request, Seed, uploads
from thermocline.errors import BadFile
from thermocline.systems.endpoint import Endpoint, Options

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE), str(HERE.parent / "systems")]


class HeightRequest(Request):
    """When."""

    hour: Annotated[float, Field(ge=0, lt=24, description="Hour of the day")]
    members: Members = None
    seed: Seed = 0


def answer(model: Any, request: HeightRequest, options: Options) -> xr.Dataset:
    height = np.full(3, model.amplitude * np.cos(np.pi * request.hour / 6), np.float32)
    attributes = {"title": "Tide", "source": "a cosine", "date": "any day"}
    return xr.Dataset({"height": ("x", height, {"units": "m"})}, attrs=attributes)


HEIGHT = Endpoint(
    route="tide-height",
    summary="The tide's height at an hour.",
    request=lambda: HeightRequest,
    answer=answer,
    describe=lambda dataset: {"height": float(dataset["height"][0])},
    print=lambda summary: [f"{summary['height']:.1f} m"],
    example=lambda model=None: {"hour": 6},
    default_format="json",
    output="tide.nc",
)


class GaugeRequest(Request):
    """What gauges said: two files, or a list in place of the first."""

    values: Annotated[list[float] | None, Field(description="Heights")] = None
    file: Annotated[Path | None, Field(description="Heights, as text")] = None
    winds: Annotated[Path | None, Field(description="Winds, as text")] = None


def gauge(model: Any, request: GaugeRequest, options: Options) -> xr.Dataset:
    """Numbers in each file."""
    data = {}
    for name in ("file", "winds"):
        path = getattr(request, name)
        try:
            found = float(read(reader_faults.count, path, "text")["count"]) if path else 0
            data[name] = ((), found)
        except BadFile as problem:
            if "Unicode" not in problem.what:
                raise
            raise BadFile("no text", where=str(path), fix=f"look at {path.name}") from None
    return xr.Dataset(data, attrs={"title": "Gauges", "source": "text", "date": "any day"})


GAUGE = Endpoint(
    route="tide-gauge",
    summary="How much gauges said.",
    request=lambda: GaugeRequest,
    answer=gauge,
    describe=lambda dataset: {name: float(dataset[name]) for name in ("file", "winds")},
    print=lambda summary: [f"{summary['file']:g} heights and {summary['winds']:g} winds"],
    example=lambda model=None: {"values": [1.0]},
    default_format="json",
    output="gauge.nc",
    wants="text",
)
MODEL = SimpleNamespace(amplitude=2.0, contract=SimpleNamespace(system="tides"))
TIDES = SimpleNamespace(
    name="tides", title="Tides", endpoints=(HEIGHT, GAUGE, LONG), load=lambda folder: MODEL
)


@pytest.fixture
def tides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder of a model of the plugged-in system."""
    from plugging import plug_in, unplug

    plug_in(monkeypatch, "tides", "test_any_system:TIDES")
    (tmp_path / "contract.json").write_text('{"system": "tides"}')
    header = b"{}"
    weights = len(header).to_bytes(8, "little") + header + b"\0"
    (tmp_path / "weights.safetensors").write_bytes(weights)
    for name in [n for n in sys.modules if n == "bento" or n.startswith("bento.")]:
        monkeypatch.delitem(sys.modules, name)
    yield tmp_path
    monkeypatch.undo()
    unplug()


def test_command(tides: Path, tmp_path: Path) -> None:
    import typer

    from thermocline.cli import endpoints

    app = typer.Typer(cls=endpoints.Commands)
    app.callback()(lambda: None)
    endpoints.add_commands(app, app)
    runner = CliRunner()
    assert HEIGHT.summary in " ".join(runner.invoke(app, ["--help"]).output.split())
    output = tmp_path / "out.nc"
    arguments = ["tide-height", "--hour", "6", "--model", str(tides), "--output", str(output)]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "out.nc: -2.0 m" in done.output.replace("\n", "") and "thermocline-tides" in done.output
    with xr.open_dataset(output) as dataset:
        assert dataset.attrs["source"] == "thermocline-tides version unregistered: a cosine"
    late = runner.invoke(app, [*arguments[:2], "25", *arguments[3:]])
    assert late.exit_code != 0 and "hour" in str(late.exception)


@pytest.mark.slow
def test_service(tides: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERMOCLINE_MODEL_TIDES", str(tides))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tides}/none.db")
    monkeypatch.setenv("THERMOCLINE_TASKS", str(tides / "tasks"))
    monkeypatch.chdir(tides)
    service = importlib.import_module("bento.service").Thermocline
    with TestClient(service.to_asgi()) as client:
        assert "/tide-height" in client.get("/docs.json").json()["paths"]
        found = client.post("/tide-height", json={"hour": 6})
        assert found.status_code == 200, found.text
        assert found.json()["height"] == -2 and found.json()["model"]["name"] == "thermocline-tides"
        assert client.post("/tide-height", json={"hour": 25}).status_code == 400
        wrong = client.post("/tide-height", json={"hours": 6}).json()["error"]
        assert "'hour'" in wrong["fix"]
        absent = client.post(f"/{systems.get(systems.names()[0]).endpoints[0].route}", json={})
        assert absent.status_code == 503 and int(absent.headers["retry-after"]) > 0
        assert "/tide-height" in client.post("/nowhere", json={}).json()["error"]["fix"]
        check_two_files(client)  # here, because a process can hold one service
        check_nothing_waits(client)
        check_log(client)
        for check in (check_result, check_refusals, check_uploads, check_cancelled):
            check(client)


def check_two_files(client: TestClient) -> None:
    """Each is an upload, with the limits and refusals that `file` has."""
    text = lambda name, content: (name, ("x.txt", content))

    def sent(*parts: Any, **fields: str) -> Any:
        return client.post("/tide-gauge", files=list(parts), data=fields)

    both = sent(text("file", b"1 2 3"), text("winds", b"4 5"))
    assert both.status_code == 200, both.text
    assert (both.json()["file"], both.json()["winds"]) == (3, 2)
    one = sent(text("winds", b"4 5"), values="[1.0, 2.0]")
    assert one.status_code == 200 and one.json()["winds"] == 2, one.text
    assert client.post("/tide-gauge", json={"values": [1.0]}).json()["file"] == 0
    for refused, where, words in (
        (client.post("/tide-gauge", json={"winds": "http://x.org/y"}), "winds", "none is"),
        (sent(text("file", b"1"), winds="http://x.org/y"), "winds", "not fetched"),
        (sent(text("winds", b"1"), text("winds", b"2")), "winds", "one of them"),
        (sent(text("values", b"1")), "values", "`file` or `winds`"),
        (sent(("winds", ("a/b.txt", b"1"))), "winds", "short name"),
        (sent(*(text(name, b"1") for name in ("file", "winds", "values"))), "body", "one"),
    ):
        error = refused.json()["error"]
        assert refused.status_code == 400, refused.text
        assert error["where"] == where and words in error["fix"], error
    odd = sent(text("file", b"1"), text("winds", b"\xff"))
    assert odd.status_code == 422
    assert odd.json()["error"] == {"what": "no text", "where": "winds", "fix": "look at winds"}
    for _ in range(4):  # more often than readers wait
        began = time.perf_counter()
        ended = sent(text("winds", b"abort"))
        assert ended.status_code == 422 and time.perf_counter() - began < 2
        assert "ends its reader" in ended.json()["error"]["what"]
        assert ended.json()["error"]["where"] == "winds"
    assert sent(text("winds", b"4 5")).json()["winds"] == 2


def test_every_path_is_a_file() -> None:
    assert uploads(GaugeRequest) == ("file", "winds")
    assert uploads(HeightRequest) == ()


def test_command_with_two_files(tides: Path, tmp_path: Path) -> None:
    import typer

    from thermocline.cli import endpoints

    app = typer.Typer(cls=endpoints.Commands)
    app.callback()(lambda: None)
    endpoints.add_commands(app, app)
    heights, winds = tmp_path / "heights.txt", tmp_path / "winds.txt"
    heights.write_text("1 2 3")
    winds.write_text("4 5")
    last = ["--model", str(tides), "--output", str(tmp_path / "out.nc")]
    for given, said in (
        ([str(heights), "--winds", str(winds)], "3 heights and 2 winds"),
        (["--winds", str(winds)], "0 heights and 2 winds"),
        ([str(heights)], "3 heights and 0 winds"),
    ):
        done = CliRunner().invoke(app, ["tide-gauge", *given, *last])
        assert done.exit_code == 0, done.output
        assert said in done.output.replace("\n", "")
