"""The part of an answer that is wanted: the same values as in the whole one, and no others."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError
from tiny_model import save_tiny

import thermocline.predict as predict
from thermocline.answers.view import told, view
from thermocline.answers.wanted import DeepRequest, members_for
from thermocline.errors import BadData


def globe(first: float, rows: int = 8, columns: int = 36) -> xr.Dataset:
    """A field that says of each cell where it is, on longitudes from `first`; cells have bounds."""
    latitude = np.linspace(-70, 70, rows)
    longitude = first + (np.arange(columns) + 0.5) * 360 / columns
    depth = np.array([5.0, 50.0, 500.0])
    turn = np.exp(1j * np.radians(longitude)).real
    values = latitude[:, None] + 1000 * turn + depth[:, None, None] * 1e4
    edges = np.stack([longitude - 180 / columns, longitude + 180 / columns], axis=1)
    return xr.Dataset(
        {"thetao": (("depth", "latitude", "longitude"), values)},
        {
            "depth": depth,
            "latitude": latitude,
            "longitude": longitude,
            "longitude_bnds": (("longitude", "bnds"), edges),
        },
    )


@pytest.mark.parametrize("first", [-180, 0])
@pytest.mark.parametrize("west", [-170, -100, -20, 0, 90, 200, 340, -350])
@pytest.mark.parametrize("width", [30, 200, 360])
def test_a_box_holds_the_cells_inside_it(first: float, west: float, width: float) -> None:
    """Against a loop over cells; the same whichever way the globe's longitudes are written."""
    whole = globe(first)
    east = west + width if west + width <= 360 else west + width - 360
    if west == east:
        east = west - 360 if west >= 0 else west + 360
    box = [west, -35.0, east, 62.0]
    part = view(DeepRequest(box=box), whole)(whole)
    inside = {
        (round(lat, 3), round(lon % 360, 3))
        for lat, lon in itertools.product(whole.latitude.values, whole.longitude.values)
        if -35 <= lat <= 62 and ((lon - west) % 360 <= width)
    }
    found = itertools.product(part.latitude.values, part.longitude.values)
    assert {(round(lat, 3), round(lon % 360, 3)) for lat, lon in found} == inside
    longitude = part.longitude.values
    assert (np.diff(longitude) > 0).all() and longitude[0] >= -180
    assert longitude[-1] <= 360 or longitude[0] < 180 < 360 < longitude[0] + width
    edges = part.longitude_bnds.values
    assert ((edges[:, 0] < longitude) & (longitude < edges[:, 1])).all()
    turn = 1000 * np.cos(np.radians(longitude))
    expected = part.latitude.values[:, None] + turn + part.depth.values[:, None, None] * 1e4
    np.testing.assert_allclose(part.thetao, expected)


def test_one_question_is_written_in_one_way() -> None:
    ways = ("-80,20,-40,50", " -80.0, 20 ,-40,50.0", [-80, 20.0, -40, 50], (-80.0, 20, -40, 50))
    assert {DeepRequest(box=way).box for way in ways} == {"-80, 20, -40, 50"}  # type: ignore[arg-type]
    assert DeepRequest(quantiles=0.5, members=9).quantiles == "0.5"  # type: ignore[arg-type]


def test_a_regional_answer_keeps_its_order() -> None:
    """Of a region across Greenwich, however its sides are written."""
    region = globe(-180).isel(longitude=slice(16, 20))
    for box in ("0, -80, 360, 80", "-30, -80, 30, 80", "330, -80, 30, 80"):
        part = view(DeepRequest(box=box), region)(region)
        assert np.diff(part.longitude).tolist() == [10, 10, 10]
        np.testing.assert_array_equal(part.thetao, region.sel(latitude=part.latitude).thetao)
    with pytest.raises(BadData, match="two parts"):
        view(DeepRequest(box="10, -80, 350, 80"), region)
    edge = view(DeepRequest(box="-15.0, -80, 5.0, 80"), region)(region)
    assert edge.longitude.values.tolist() == [-15, -5, 5]  # cells on the sides are inside


def test_depths_and_what_lies_on_the_same_cells() -> None:
    whole = globe(0)
    wanted = view(DeepRequest(depths="5, 60", box="10, 0, 50, 60"), whole)
    assert wanted(whole).depth.values.tolist() == [5, 50]
    beside = xr.Dataset({"thetao_climatology": (whole.thetao.dims, whole.thetao.values)})
    np.testing.assert_array_equal(wanted(beside).thetao_climatology, wanted(whole).thetao)


def test_a_projected_grid_gives_the_smallest_rectangle() -> None:
    y, x = np.meshgrid(np.arange(-5, 6), np.arange(-7, 8), indexing="ij")
    latitude, longitude = 90 - np.hypot(x, y), np.degrees(np.arctan2(x, -y))
    whole = xr.Dataset(
        {"siconc": (("y", "x"), 1.0 * x)},
        {"latitude": (("y", "x"), latitude), "longitude": (("y", "x"), longitude)},
    )
    part = view(DeepRequest(box="0, 85, 90, 90"), whole)(whole)
    inside = (latitude >= 85) & ((longitude % 360) <= 90)
    assert part.siconc.shape == (6, 6)  # five cells to each side of the pole, and the pole
    assert set(part.siconc.values[:, 0]) == {x[inside].min()}
    assert part.latitude.shape == part.siconc.shape


def test_what_cannot_be_had_is_refused() -> None:
    whole = globe(0)
    for request, words in (
        (DeepRequest(box="1, 1, 2, 2"), "fewer than two rows or columns"),
        (DeepRequest(depths="60, 70"), "no level lies from 60 to 70 m"),
    ):
        with pytest.raises(BadData, match=words):
            view(request, whole)
    with pytest.raises(BadData, match="has no depths"):
        view(DeepRequest(depths="60, 70"), whole.isel(depth=0, drop=True))
    with pytest.raises(BadData, match="no value in the part"):
        view(DeepRequest(box="0, -60, 90, 60"), whole.where(whole.longitude > 100))
    for bad, words in (
        ({"box": "1, 2, 3"}, "four numbers"),
        ({"box": "0, 50, 10, 20"}, "south has to be below north"),
        ({"box": "5, 0, 5, 10"}, "have to differ"),
        ({"box": "a, b, c, d"}, "numbers separated by commas"),
        ({"box": "nan, 0, 5, 10"}, "numbers separated by commas"),
        ({"depths": "300, 0"}, "the shallowest depth"),
        ({"quantiles": "0.9, 0.1", "members": 64}, "the smallest first"),
        ({"quantiles": "0, 0.5", "members": 64}, "between 0 and 1"),
        ({"quantiles": "0.05", "members": 18}, "give `members` of 19"),
        ({"quantiles": "0.5"}, "give `members` of 2"),
        ({"quantiles": "0.01", "members": 64}, "of 64 members at most"),
        ({"box": [True, 0, 5, 10]}, "string"),
        ({"members": True}, "boolean"),
    ):
        with pytest.raises(ValidationError, match=words):
            DeepRequest(**bad)  # type: ignore[arg-type]


def test_quantiles_are_as_likely_as_they_say() -> None:
    """A truth drawn as members are lies below the quantile q in q of the cases."""
    rng = np.random.default_rng(3)
    quantiles = [0.05, 0.25, 0.5, 0.95]
    count = members_for(quantiles)
    assert count == 19 and members_for([0.1]) == 9 and members_for([0.5]) == 2
    draws = rng.gamma(2.0, size=(count + 1, 40, 500))
    dims = ("member", "latitude", "longitude")
    fields = {"a": (dims[1:], draws[0]), "a_members": (dims, draws[1:])}
    answer = xr.Dataset(fields, {"member": np.arange(count)})
    found = told(DeepRequest(quantiles=quantiles, members=count), answer)
    assert set(found.data_vars) == {"a", "a_quantiles"} and "member" not in found.coords
    below = (draws[0] < found.a_quantiles).mean(("latitude", "longitude"))
    np.testing.assert_allclose(below, quantiles, atol=4 * np.sqrt(0.25 / draws[0].size))
    lazy = told(DeepRequest(quantiles=quantiles, members=count), answer.chunk({"latitude": 7}))
    assert lazy.a_quantiles.chunks is not None
    np.testing.assert_array_equal(lazy.a_quantiles, found.a_quantiles)
    every = told(DeepRequest(keep_members=True), answer)
    xr.testing.assert_identical(every, answer)
    assert told(SimpleNamespace(), answer.drop_vars("a_members")).data_vars.keys() == {"a"}


def test_members_need_no_coordinate() -> None:
    answer = xr.Dataset({"a": ("x", np.zeros(2)), "a_members": (("member", "x"), np.eye(20, 2))})
    found = told(DeepRequest(quantiles=[0.5], members=20), answer)
    assert found.data_vars.keys() == {"a", "a_quantiles"} and "member" not in found.dims


def test_a_model_s_answer(tmp_path: Path) -> None:
    """The part of a real answer, its summary, and its climatology."""
    served = predict.load_model(save_tiny(tmp_path / "model"))
    (endpoint,) = predict.endpoints(served)
    example = endpoint.example(served.model) | {"members": 9}
    ask = lambda **more: predict.question(endpoint, **example, **more)
    whole, usual = predict.answer_beside(served, endpoint, ask(keep_members=True))
    wanted: dict[str, Any] = {
        "box": "-80, -20, 40, 50",
        "depths": "0, 200",
        "quantiles": "0.1, 0.5",
    }
    part, beside = predict.answer_beside(served, endpoint, ask(**wanted))
    assert usual is not None and beside is not None
    cells = {"latitude": part.latitude, "longitude": part.longitude, "depth": part.depth}
    for name in ("thetao", "thetao_std"):
        np.testing.assert_array_equal(part[name], whole[name].sel(cells))
    median = np.median(whole.thetao_members.sel(cells), axis=0)
    np.testing.assert_array_equal(part.thetao_quantiles.sel(quantile=0.5), median)
    usual = usual.assign_coords(whole.coords)
    np.testing.assert_array_equal(beside.thetao_climatology, usual.thetao_climatology.sel(cells))
    for box in ("170, -20, -160, 20", "280, 0, 320, 50", "0, -50, 360, 50"):
        at = predict.answer(served, endpoint, ask(box=box))
        (top, *_), inside = predict.describe(endpoint, at)["levels"], at.thetao.values[0, 0]
        assert np.nanmin(inside) <= top["mean"] <= np.nanmax(inside)
    said = predict.describe(endpoint, part)
    assert [level["depth"] for level in said["levels"]] == [5, 100]
    assert part.attrs["geospatial_lat_max"] == part.latitude.max()
    assert len(part.attrs["request_digest"]) == 64
    assert part.attrs["request_digest"] != whole.attrs["request_digest"]


def test_a_zipped_zarr_is_the_file(tmp_path: Path) -> None:
    import zarr

    served = predict.load_model(save_tiny(tmp_path / "model"))
    (endpoint,) = predict.endpoints(served)
    answer = predict.ask(served, **endpoint.example(served.model))
    netcdf = predict.write_netcdf(answer, tmp_path / "a.nc")
    one, two = (predict.zipped_zarr(netcdf, tmp_path / f"{name}.zip") for name in "bc")
    assert one.read_bytes() == two.read_bytes()
    request = predict.question(endpoint, **endpoint.example(served.model))
    written, _ = predict.write_answer(served, endpoint, request, tmp_path / "d.zarr.zip")
    assert written.read_bytes() == one.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {
        "model",
        "a.nc",
        "b.zip",
        "c.zip",
        "d.zarr.zip",
    }
    store = zarr.storage.ZipStore(one, mode="r")
    with xr.open_zarr(store, consolidated=False) as found, xr.open_dataset(netcdf) as expected:
        xr.testing.assert_identical(found.load(), expected.load())
