"""Requests for water at depth: what becomes of profiles and surface fields, and the answer."""

from dataclasses import replace
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from cf_problems import cf_problems
from densify_model import StandIn, made
from densify_world import DEPTH, GRID, OCEAN, state
from thermocline.answers.given import as_files_and_rows
from thermocline.answers.warnings import warnings_of
from thermocline.errors import BadData, BadFile, BadObservations
from thermocline.ocean.cf import encode
from thermocline.ocean.convection import inverted
from thermocline.ocean.latlon import LatLonGrid
from thermocline.sources import read_field
from thermocline.sources.account import Account
from thermocline.systems.densify.endpoints import ENDPOINTS
from thermocline.systems.densify.endpoints.observed import problem_of_request
from thermocline.systems.densify.endpoints.profiles import profiles_of
from thermocline.systems.densify.endpoints.request import DensifyRequest
from thermocline.systems.endpoint import Options

(ENDPOINT,) = ENDPOINTS
DAY = "2004-03-14"
ROW, COLUMN = 12, 10
LATITUDE, LONGITUDE = float(GRID.latitude[ROW]), float(GRID.longitude[COLUMN])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return StandIn.of(*made(tmp_path_factory.mktemp("densify")))


@pytest.fixture(scope="module")
def truth():
    return state(np.random.default_rng(3), np.datetime64(DAY))


def point(depth, latitude=LATITUDE, longitude=LONGITUDE, **values):
    return {"latitude": latitude, "longitude": longitude, "depth": depth, **values}


def profile(truth, **place):
    """A column of the truth as observations, at the model's levels."""
    values = zip(DEPTH, truth["thetao"][:, ROW, COLUMN], truth["so"][:, ROW, COLUMN], strict=True)
    return [point(float(z), temperature=float(t), salinity=float(s), **place) for z, t, s in values]


def surface(truth, names=("tos", "sos", "zos"), grid=GRID, day=DAY):
    """Surface fields as a provider's file has them."""
    units = {"tos": "degree_Celsius", "sos": "1e-3", "zos": "m"}
    standard = {
        "tos": "sea_surface_temperature",
        "sos": "sea_surface_salinity",
        "zos": "sea_surface_height_above_geoid",
    }
    fields = {
        name: (
            ("time", "latitude", "longitude"),
            truth[name][None],
            {"units": units[name], "standard_name": standard[name]},
        )
        for name in names
    }
    north = ("latitude", grid.latitude, {"units": "degrees_north", "standard_name": "latitude"})
    east = ("longitude", grid.longitude, {"units": "degrees_east", "standard_name": "longitude"})
    time = ("time", [np.datetime64(day, "ns")], {"standard_name": "time"})
    return xr.Dataset(fields, {"time": time, "latitude": north, "longitude": east})


def ask(model, **values):
    with as_files_and_rows(values, ("surface",)) as given:
        return problem_of_request(model, DensifyRequest(**given))


def problem(model, **values):
    return ask(model, **values).problem


def answer(model, **values):
    with as_files_and_rows(values, ("surface",)) as given:
        return ENDPOINT.answer(model, ENDPOINT.Request(**given), Options())


def test_the_example_is_answered_and_read(model):
    found = ENDPOINT.answer(model, ENDPOINT.Request(**ENDPOINT.example(model)), Options())
    said = ENDPOINT.describe(found)
    assert [level["depth"] for level in said["thetao"]] == DEPTH.tolist()
    assert said["region"] == "box" and said["observed"]["columns"] == 1
    assert any("mixed layer" in line for line in ENDPOINT.print(said))
    assert ENDPOINT.Request(**ENDPOINT.example(None)).observations


def test_a_profile_draws_its_column_and_is_counted(model, truth):
    found = answer(model, date=DAY, observations=profile(truth), members=4)
    for name, most in (("thetao", 0.3), ("so", 0.05)):
        at = found[name].values[0, :, ROW, COLUMN]
        np.testing.assert_allclose(at, truth[name][:, ROW, COLUMN], atol=most)
        std = found[f"{name}_std"].values[0]
        assert (std[:, ROW, COLUMN] < std[:, -1, -1]).all()
    account = Account.from_json(found.attrs["account"])
    assert (account.held, account.used) == (8, 8)


def test_points_of_a_place_are_a_profile_whichever_way_its_longitude_is_written():
    """The float −58.1 and 301.9 − 360 are not the same."""
    two = [point(5.0, longitude=-58.1, temperature=18), point(9.0, longitude=301.9, temperature=17)]
    found, _ = profiles_of(DensifyRequest(date=DAY, observations=two))
    assert dict(found.sizes) == {"n_prof": 1, "n_level": 2}


def test_the_answer_is_a_cf_dataset(model, truth, tmp_path):
    request = {"date": DAY, "observations": profile(truth), "surface": surface(truth)}
    found = answer(model, keep_members=True, members=3, **request)
    dims = ("time", "depth", "latitude", "longitude")
    for name in ("thetao", "so"):
        mean, std = found[name], found[f"{name}_std"]
        assert mean.dims == std.dims == dims
        assert mean.attrs["grid_mapping"] == "crs"
        np.testing.assert_array_equal(np.isnan(mean.values[0, 0]), ~OCEAN)
        for end, sign in (("lower", -1), ("upper", 1)):
            band = mean.values + sign * 1.645 * std.values
            np.testing.assert_allclose(found[f"{name}_{end}"].values, band, rtol=1e-6)
        assert found[f"{name}_members"].dims == ("member", *dims)
        assert found[f"{name}_members"].sizes["member"] == 3
    water = (found[name].values[0] for name in ("thetao", "so"))
    assert not inverted(*water, DEPTH, *GRID.centres()).any()
    layer = found["mixed_layer_depth"].values[0][OCEAN]
    assert ((layer >= 10) & (layer <= DEPTH[-1])).all()
    assert found.attrs["surface_fields"] == "tos sos zos"
    encode(found)
    found.to_netcdf(tmp_path / "answer.nc", format="NETCDF4_CLASSIC")
    assert not cf_problems(tmp_path / "answer.nc")
    with xr.open_dataset(tmp_path / "answer.nc") as read:
        assert read["time"].values[0] == np.datetime64(f"{DAY}T12:00")
        assert read["thetao"].dtype == np.float32
        assert read["so"].attrs["standard_name"] == "sea_water_practical_salinity"
        assert read["so"].attrs["units"] == read["so_upper"].attrs["units"] == "1"
    with read_field(tmp_path / "answer.nc", "so") as again:
        values = again["so"].values[0].reshape(found["so"].values[0].shape)
        np.testing.assert_allclose(values, found["so"].values[0], rtol=1e-6)
    assert answer(model, keep_members=True, members=3, **request).equals(found)


def test_points_and_a_table_of_them_ask_the_same(model, truth, tmp_path):
    rows = profile(truth)
    keys = ("latitude", "longitude", "depth", "temperature", "salinity")
    lines = [",".join(keys), *(",".join(repr(row[key]) for key in keys) for row in rows)]
    (tmp_path / "profiles.csv").write_text("\n".join(lines))
    a = problem(model, date=DAY, observations=rows).observations[0]
    b = problem(model, date=DAY, file=tmp_path / "profiles.csv").observations[0]
    np.testing.assert_array_equal(a.operator.index, b.operator.index)
    np.testing.assert_allclose(a.y, b.y)
    np.testing.assert_allclose(a.s_y, b.s_y)


def test_the_day_of_a_file_is_its_middle_one_and_others_are_dropped(model, tmp_path):
    rows = [
        f"{day},{LATITUDE},{LONGITUDE + 0.2 * k},5,18.5"
        for k, day in enumerate(("2004-03-01", "2004-03-12", "2004-03-14", "2004-03-15"))
    ]
    (tmp_path / "month.csv").write_text(
        "time,latitude,longitude,depth,temperature\n" + "\n".join(rows)
    )
    found = ask(model, file=tmp_path / "month.csv")
    assert str(found.problem.time) == "2004-03-14"
    assert found.account.used == 3
    assert found.account.dropped == {"more than 3 days from the day": 1}


def test_a_file_of_a_drifting_float_is_asked_for_its_days_inside(model, tmp_path):
    """Most of its days are elsewhere; the middle one of those inside is taken."""
    rows = [
        f"2004-03-{day:02},{LATITUDE},{LONGITUDE + 40 * (day < 20)},5,18" for day in range(1, 26)
    ]
    (tmp_path / "float.csv").write_text(
        "time,latitude,longitude,depth,temperature\n" + "\n".join(rows)
    )
    found = ask(model, file=tmp_path / "float.csv")
    assert str(found.problem.time) == "2004-03-23"
    assert found.account.dropped == {"more than 3 days from the day": 19}
    with pytest.raises(BadObservations, match="no profile of the region within 3 days"):
        ask(model, file=tmp_path / "float.csv", date="2004-03-10")


def test_profiles_between_levels_are_interpolated(model):
    """Linear from 20 °C at the surface to 8 °C at 60 m: 10 °C at 50 m; and nothing at 200 m."""
    rows = [point(float(z), temperature=20 - 0.2 * z) for z in range(0, 61, 10)]
    found = ask(model, date=DAY, observations=rows)
    (seen,) = found.problem.observations
    assert seen.operator.index.tolist() == [
        level * OCEAN.size + ROW * OCEAN.shape[1] + COLUMN for level in (0, 1)
    ]
    np.testing.assert_allclose(seen.y, [19.0, 10.0])
    assert found.account.held == 7


def test_profiles_of_a_cell_are_one_whose_instruments_errors_average_out(model):
    """Two of 0.3 °C: √(0.3²/2 + r²); one of them much better: nearly its value."""
    r = model.settings.data.errors.representativeness * model.regions["box"].climate.std[0]
    two = [
        point(5.0, longitude=LONGITUDE + 0.01 * k, temperature=18.0 + k, error=0.3) for k in (0, 1)
    ]
    (seen,) = problem(model, date=DAY, observations=two).observations
    assert seen.y == pytest.approx([18.5])
    assert seen.s_y == pytest.approx([np.sqrt(0.3**2 / 2 + r**2)])
    two[1]["error"] = 20.0
    (seen,) = problem(model, date=DAY, observations=two).observations
    assert seen.y == pytest.approx([18.0], abs=0.01)


def test_salinity_alone_is_an_observation(model, truth):
    (seen,) = problem(model, date=DAY, observations=[point(5.0, salinity=36.0)]).observations
    assert seen.operator.index[0] // OCEAN.size == len(DEPTH)
    with pytest.raises(ValidationError, match="a temperature, a salinity or both"):
        DensifyRequest(date=DAY, observations=[point(5.0)])


def test_surface_fields_are_those_of_the_file(model, truth, tmp_path):
    surface(truth).to_netcdf(tmp_path / "surface.nc")
    found = problem(model, surface=tmp_path / "surface.nc")
    assert str(found.time) == DAY and not found.observations
    for name in ("tos", "sos", "zos"):
        np.testing.assert_allclose(found.covariates[name], truth[name], rtol=1e-6)


def test_surface_fields_are_brought_to_the_cells(model):
    """A plane on cells of another size is that plane; kelvin become degrees Celsius."""
    fine = LatLonGrid(29 + 0.11 * np.arange(60), -61 + 0.13 * np.arange(60))
    plane = lambda grid: 290 + 0.3 * grid.centres()[0] + 0.2 * (grid.centres()[1] + 60)
    given = surface({"tos": plane(fine)}, ("tos",), fine)
    given["tos"].attrs["units"] = "kelvin"
    found = problem(model, surface=given)
    np.testing.assert_allclose(found.covariates["tos"], plane(GRID) - 273.15, atol=0.02)
    assert set(found.covariates) == {"tos"}


def test_a_field_that_covers_a_part_is_warned_of_and_one_that_covers_hardly_any_is_not_used(
    model, truth
):
    cut = lambda name, columns: np.where(np.arange(24) < columns, truth[name], np.nan)
    partly = truth | {"tos": cut("tos", 12), "sos": cut("sos", 1)}
    found = answer(model, date=DAY, surface=surface(partly), members=2)
    assert found.attrs["surface_fields"] == "tos zos"
    assert ["tos covers" in said for said in warnings_of(found)] == [True]
    (said,) = (n for n in Account.from_json(found.attrs["account"]).notes if "sos covers" in n)
    assert said.endswith("less than 5%: it is not used")
    with pytest.raises(BadObservations, match="no value can be used: sos covers"):
        ask(model, date=DAY, surface=surface(partly, ("sos",)))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"observations": [point(5.0, temperature=18)]}, "no date"),
        ({"date": DAY}, "neither observations nor a surface field"),
        (
            {"date": DAY, "observations": [point(5.0, 60.0, temperature=18)]},
            "none of 1 profiles lies in a region",
        ),
        ({"date": DAY, "observations": [point(5.0, 30.2, -59.8, temperature=18)]}, "1 on land"),
        ({"date": DAY, "observations": [point(400.0, temperature=18)]}, "too far from the model"),
        ({"date": DAY, "region": "x", "observations": [point(5.0, temperature=18)]}, "no region"),
    ],
)
def test_what_cannot_be_used_is_said(model, values, words):
    with pytest.raises(BadObservations, match=words):
        ask(model, **values)


def test_days_that_only_another_calendar_has_are_passed_over(model, tmp_path):
    """Daily fields of a year of 360 days, in which February has 30."""
    given = surface({"tos": np.full(GRID.shape, 20.0)}, ("tos",))
    days = np.arange(360)
    given = given.isel(time=np.zeros(360, int)).assign_coords(
        time=("time", days, {"units": "days since 2004-01-01", "calendar": "360_day"})
    )
    values = given["tos"].values + days[:, None, None] / 100
    given["tos"] = given["tos"].copy(data=values.astype("f4"))
    given["time"].attrs["standard_name"] = "time"
    given.to_netcdf(tmp_path / "surface.nc")
    found = problem(model, surface=tmp_path / "surface.nc", date="2004-03-14")
    np.testing.assert_allclose(found.covariates["tos"], 20 + 0.73, atol=0.01)


def test_surface_files_that_do_not_fit_are_refused(model, truth, tmp_path):
    late = surface(truth, day="2004-05-01")
    with pytest.raises(BadData, match="no time within 3 days of 2004-03-14"):
        ask(model, date=DAY, surface=late)
    with pytest.raises(BadFile, match="none of tos, sos, zos"):
        ask(model, date=DAY, surface=surface(truth).rename(tos="x")[["x"]].drop_attrs())
    (tmp_path / "table.csv").write_text("latitude,longitude,depth,temperature\n30,0,5,18\n")
    with pytest.raises(BadFile, match="none of tos, sos, zos"):
        ask(model, date=DAY, surface=tmp_path / "table.csv")
    two = xr.concat([surface(truth), late], "time")
    with pytest.raises(BadObservations, match="no date"):
        ask(model, surface=two)
    far = LatLonGrid(GRID.latitude - 60, GRID.longitude)
    with pytest.raises(BadData, match="no surface field has a value in the region"):
        ask(model, date=DAY, surface=surface(truth, grid=far))


def test_of_several_regions_the_one_of_the_observations_is_taken(model, truth):
    east = LatLonGrid(GRID.latitude, GRID.longitude + 40)

    class Two(StandIn):
        grids: ClassVar = {"east": east, "box": GRID}

        @property
        def regions(self):
            here = self.method.regions[0]
            return {"east": replace(here, digest=east.digest()), "box": here}

    two = Two(model.settings, model.method)
    rows = profile(truth)
    assert ask(two, date=DAY, observations=rows).region == "box"
    for row in rows:
        row["longitude"] += 40
    both = [*profile(truth)[:1], *rows, point(5.0, longitude=LONGITUDE + 41, temperature=18)]
    found = ask(two, date=DAY, observations=both)
    assert found.region == "east"
    assert found.account.dropped == {"outside the region": 2}
    own, other = surface(truth), surface(truth, grid=east)
    assert ask(two, date=DAY, surface=own).region == "box"
    assert ask(two, date=DAY, surface=other).region == "east"
    wide = xr.concat([own, other], own["tos"].dims[-1])
    with pytest.raises(BadObservations, match="no region"):
        ask(two, date=DAY, surface=wide)
    for name in ("box", "Box "):
        assert ask(two, date=DAY, surface=wide, region=name).region == "box"


def test_what_to_beware_of_is_told(model, truth):
    assert not warnings_of(answer(model, date=DAY, surface=surface(truth)))
    high = truth | {"zos": truth["zos"] + 2}
    said = " ".join(
        warnings_of(answer(model, date="1990-03-14", surface=surface(high, day="1990-03-14")))
    )
    assert "1990 is 13 years outside" in said
    assert "zos is +" in said and "reference level" in said
    assert "from the climatology: check the observations" in said


def test_the_request_needs_no_arrays():
    import subprocess
    import sys

    code = (
        "import sys, thermocline.systems.densify.endpoints as e\n"
        "e.ENDPOINTS[0].Request\n"
        "assert 'numpy' not in sys.modules and 'xarray' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert SimpleNamespace(**ENDPOINT.Request().model_dump()).seed == 0


def test_what_it_is_compared_with_is_the_climatology(model, truth):
    request = {"date": DAY, "observations": profile(truth)}
    found = answer(model, **request)
    usual = ENDPOINT.comparison(model, ENDPOINT.Request(**request), found)
    climate = model.regions[found.attrs["region"]].climate
    expected = climate.mean(np.datetime64(DAY))[: 2 * len(DEPTH)]
    both = np.concatenate([usual[f"{name}_climatology"].values[0] for name in ("thetao", "so")])
    sea = np.isfinite(both)
    np.testing.assert_array_equal(both[sea], expected[sea])
    np.testing.assert_array_equal(usual["so_climatology"].notnull(), found["so"].notnull())


def test_a_table_of_places_and_depths_that_is_too_large_is_refused():
    """Each number is allowed alone; together they would be a table of 16 million values."""
    places = [point(5.0, latitude=k / 1000, temperature=15.0) for k in range(4000)]
    deep = [point(float(k), temperature=5.0) for k in range(4000)]
    with pytest.raises(BadObservations, match="4,001 places, one of them with 4,000 points"):
        profiles_of(DensifyRequest(date=DAY, observations=places + deep))
