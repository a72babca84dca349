"""A system that nobody here has heard of is served, and has a command, by its endpoint alone."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np
import pytest
import xarray as xr
from pydantic import Field
from starlette.testclient import TestClient
from typer.testing import CliRunner

from thermocline import systems
from thermocline.systems.protocol import Endpoint, Options
from thermocline.systems.request import Members, Request, Seed

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
MODEL = SimpleNamespace(amplitude=2.0, contract=SimpleNamespace(system="tides"))
TIDES = SimpleNamespace(name="tides", title="Tides", endpoints=(HEIGHT,), load=lambda folder: MODEL)


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


def test_service(tides: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERMOCLINE_MODEL_TIDES", str(tides))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tides}/none.db")
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
        assert absent.status_code == 503
        assert "/tide-height" in client.post("/nowhere", json={}).json()["error"]["fix"]
