"""A climatology of the user's own stands in for the model's."""

import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thermocline import predict
from thermocline.errors import BadData
from thermocline.observe import Observations
from thermocline.sources import read_field
from thermocline.systems.reconstruct.endpoints.analysis import analyse
from thermocline.systems.reconstruct.model.climatology import calendar_months, monthly, replaced
from thermocline.systems.reconstruct.model.method import Reconstructor

GOLDEN = Path(__file__).with_name("golden")
REAL = os.environ.get("THERMOCLINE_REAL_DATA")


@pytest.fixture(scope="module")
def model() -> Reconstructor:
    return Reconstructor.load(GOLDEN / "contract_v4")


def with_climatology(model: Reconstructor, files: list[Path]) -> Reconstructor:
    with ExitStack() as stack:
        fields = [stack.enter_context(read_field(path, "thetao")) for path in files]
        return replaced(model, monthly(model.grid, model.depth, fields))


def write(model: Reconstructor, path: Path, warmer: float, months: int = 12) -> Path:
    """The model's climatology, so many degrees warmer, as a CMIP6-like file."""
    own = model.statistics
    fields = np.where(own.ocean, own.climatology + np.float32(warmer), np.nan)[:months]
    times = np.array([f"2001-{m:02d}-16" for m in range(1, months + 1)], "datetime64[ns]")
    dataset = xr.Dataset(
        {"thetao": (("time", "lev", "lat", "lon"), fields)},
        coords={
            "time": times,
            "lev": ("lev", model.depth, {"units": "m", "positive": "down", "axis": "Z"}),
            "lat": ("lat", model.grid.latitude, {"units": "degrees_north"}),
            "lon": ("lon", model.grid.longitude, {"units": "degrees_east"}),
        },
    )
    dataset["thetao"].attrs = {
        "units": "degC",
        "standard_name": "sea_water_potential_temperature",
    }
    dataset.to_netcdf(path)
    return path


def ask(model: Reconstructor, warmer: float) -> np.ndarray:
    depth = model.depth[[0, 1]]
    seen = Observations.checked(
        [0.0, 30.0], [-150.0, 170.0], depth, np.array([21.0, 18.0]) + warmer
    )
    return analyse(model, seen, "2008-03", 2, 7).mean


def test_a_warmer_climatology_and_warmer_observations_give_a_warmer_answer(model, tmp_path):
    other = with_climatology(model, [write(model, tmp_path / "climatology.nc", 3.0)])
    np.testing.assert_allclose(ask(other, 3.0), ask(model, 0.0) + 3.0, atol=2e-4)
    assert other.contract.statistics_digest != model.contract.statistics_digest


def test_a_request_may_bring_its_climatology(model, tmp_path):
    """As a file, or from Python as what it holds; the answer says so."""
    path = write(model, tmp_path / "climatology.nc", 3.0)
    values = {"latitude": 0.0, "longitude": -150.0, "depth": float(model.depth[0])}
    about = {"date": "2008-03", "members": 2}
    cold = {"observations": [values | {"temperature": 21.0}], **about}
    warm = {"observations": [values | {"temperature": 24.0}], **about}
    ask = lambda **given: predict.ask(predict.ServedModel(model), **given)
    plain, other = ask(**cold), ask(**warm, climatology=path)
    np.testing.assert_allclose(other["thetao"], plain["thetao"] + 3.0, atol=2e-4)
    assert other.attrs["climatology"] == "of the request" and "climatology" not in plain.attrs
    with xr.open_dataset(path) as dataset:
        np.testing.assert_array_equal(ask(**warm, climatology=dataset)["thetao"], other["thetao"])


def test_a_missing_month_is_named(model, tmp_path):
    with pytest.raises(BadData, match="calendar month 11, 12"):
        with_climatology(model, [write(model, tmp_path / "climatology.nc", 0.0, months=10)])


@pytest.mark.skipif(not REAL, reason="no real data")
def test_the_sea_surface_alone_is_no_climatology_of_the_model_s_levels(model):
    files = sorted((Path(REAL or "") / "multilayer").glob("woa18_decav_t??_04.nc"))
    with pytest.raises(BadData, match="grid and levels in calendar month 1, 2"):
        with_climatology(model, files)


def test_months_are_dates_or_the_numbers_one_to_twelve() -> None:
    at = lambda values: xr.DataArray(values, dims="time")
    assert calendar_months(at(np.array(["2001-05-03"], "datetime64[ns]"))).tolist() == [5]
    assert calendar_months(at(np.arange(12, 0, -1.0))).tolist() == list(range(12, 0, -1))
    with pytest.raises(BadData, match="do not say which months"):
        calendar_months(at(np.arange(0.5, 12)))
