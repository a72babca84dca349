"""Requests for sea ice: states of a month, and maps from observations."""

import numpy as np
import pytest
import xarray as xr

from cf_problems import cf_problems
from ice_model import SYSTEM, reconstructed
from thermocline.answers.warnings import warnings_of
from thermocline.errors import BadObservations, ThermoclineError
from thermocline.netcdf import open_answer
from thermocline.ocean.cf import encode
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Observed
from thermocline.predict import question, write_netcdf
from thermocline.sources import read_field
from thermocline.systems.endpoint import Options
from thermocline.systems.seaice.data.cases import problem
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.endpoints.observed import concentration
from thermocline.systems.seaice.model.posterior import posterior
from watching import check_watched


def test_the_endpoint(ice):
    _, model = ice
    endpoint, _ = SYSTEM.endpoints
    answer = endpoint.answer(model, endpoint.Request(**endpoint.example(model)), Options())
    assert answer.siconc.dims == ("realization", "y", "x") and answer.sizes["realization"] == 2
    assert answer.extent.attrs["units"] == "m2"
    area = model.grid.cell_area()
    expected = ((answer.siconc >= 0.15) * area).sum(("y", "x"))
    np.testing.assert_allclose(answer.extent, expected)
    opening, head, *states = endpoint.print(endpoint.describe(answer))
    assert opening == "2 states of month 3" and {len(line) for line in (head, *states)} == {45}
    check_watched(lambda: model.generate(1, None, 0), model.settings.sampling.steps)


def test_ice_from_observations(ice):
    _, model = ice
    endpoint, answer = reconstructed(model, **SYSTEM.endpoints[1].example(model))
    assert {"siconc", "siconc_std", "sithick", "damage", "siu", "siv_std"} <= set(answer.data_vars)
    assert answer.attrs["observations"] == "3 of 3 observations lie on the map's sea, in 3 cells"
    assert float(answer.siconc.max()) <= 1 and float(answer.siconc.min()) >= 0
    assert answer.siconc_members.sizes["realization"] == 4
    assert endpoint.print(endpoint.describe(answer))[0].startswith("2008-03-14: extent")


def test_answers_follow_cf_and_are_read_again(ice, tmp_path):
    """The thickness of an answer is of the whole cell, and says so."""
    _, model = ice
    for endpoint in SYSTEM.endpoints:
        request = endpoint.Request(**endpoint.example(model))
        answer = endpoint.answer(model, request, Options())
        encode(answer)
        assert not cf_problems(write_netcdf(answer, tmp_path / f"{endpoint.route}.nc"))
    assert str(answer.time.values) == "2008-03-14T12:00:00.000000000"
    assert answer.siu_std.attrs["long_name"].endswith("standard deviation of its uncertainty")
    assert answer.extent.attrs["units"] == "m2"
    grid = model.grid
    read = concentration(tmp_path / "seaice.nc", None, grid.x, grid.y, grid.crs)
    np.testing.assert_allclose(read.siconc[0], answer.siconc, atol=1e-5)
    with read_field(tmp_path / "seaice.nc", "sithick") as field:
        assert field.attrs["thickness"] == "per grid cell"
        values = field.sithick.squeeze().values
        np.testing.assert_allclose(values, answer.sithick, atol=1e-5)


def test_an_answer_says_how_far_observations_and_its_year_are_from_the_training(ice):
    """The mean of the season's training states is not off; ice two deviations thicker is."""
    _, model = ice
    library, own = model.ensemble.library, model.ensemble
    states = library.states(library.season(3, own.season_months))[:, 0]
    mean, std = states.mean(axis=0), states.std(axis=0)
    cells = np.flatnonzero(std > 0.3)[:12]
    latitude, longitude = (x[model.ocean][cells] for x in model.grid.centres())

    def ask(date, more):
        values = zip(latitude, longitude, mean[cells] + more * std[cells], strict=True)
        names = ("latitude", "longitude", "thickness")
        points = [dict(zip(names, map(float, point), strict=True)) for point in values]
        return reconstructed(model, date=date, observations=points, thickness_error=0.1)[1]

    usual, thick = ask("2001-03-14", 0.0), ask("2008-03-14", 2.2)
    assert usual.attrs["departure_count"] == len(cells) >= 10
    assert abs(usual.attrs["departure_mean"]) < 1e-3 and not warnings_of(usual)
    assert thick.attrs["departure_mean"] == pytest.approx(2.2, abs=1e-3)
    far, year = warnings_of(thick)
    assert (
        "+2.2 standard deviations from the season's training states" in far
        and "7 years outside" in year
    )


def test_an_answer_that_cannot_follow_its_observations_says_so_and_is_less_certain(ice):
    """A map of ice where there is none and of none where there is ice, and the map itself."""
    _, model = ice
    state = States.open("build/prepared/seaice.nc").states("test", 2).values[0, 1]
    latitude, longitude = (x[model.ocean].tolist() for x in model.grid.centres())

    def ask(values):
        given = zip(latitude, longitude, values[model.ocean].clip(0, 1).tolist(), strict=True)
        names = ("latitude", "longitude", "concentration")
        points = [dict(zip(names, point, strict=True)) for point in given]
        return reconstructed(model, date="2001-01-15", observations=points, error=0.01)

    (_, usual), (endpoint, odd) = ask(state), ask(1 - state)
    assert usual.attrs["trust_uncertainty_factor"] == 1 and not warnings_of(usual)
    factor = odd.attrs["trust_uncertainty_factor_siconc"]
    assert factor > 3 and f"multiplied by {factor:.1f}" in warnings_of(odd)[0]
    assert endpoint.describe(odd)["trust"]["uncertainty_factor_siconc"] == factor
    assert odd.siu_std.mean() > 2 * usual.siu_std.mean()  # not observed, and doubted alike


@pytest.mark.parametrize(
    ("concentration", "thickness", "said"),
    [
        (0.0, 4.0, "in 3 cells the observed thickness contradicts the observed concentration"),
        (0.05, 2.0, "in 3 cells the observed thickness contradicts the observed concentration"),
        (None, 15.0, "more than 8 m of ice observed in 3 cells"),
        (1.0, 15.0, "more than 8 m of ice observed in 3 cells"),
        (1.0, 4.0, ""),
        (0.3, 1.5, ""),
        (0.0, 0.5, ""),  # within its error
    ],
)
def test_thickness_that_cannot_be_is_warned_of(ice, concentration, thickness, said):
    _, model = ice
    at = [{"latitude": 80 + i, "longitude": 120.0 * i} for i in range(3)]
    points = [{**each, "concentration": concentration, "thickness": thickness} for each in at]
    _, answer = reconstructed(model, date="2001-03-14", observations=points)
    warned = [line for line in warnings_of(answer) if "more than 8 m" in line]
    assert [line.startswith(said) for line in warned] == ([True] if said else [])


def test_where_observations_contradict_an_answer_its_mean_stays_and_the_rest_is_wider(ice):
    _, model = ice
    store, model = States.open("build/prepared/seaice.nc"), model.calibrated({})
    cells = np.flatnonzero(store.ocean) + store.ocean.size  # of concentration
    y = 1.0 - store.states("test", 2).values[0].ravel()[cells]
    seen = Observed(Cells((5, 16, 16), cells), y.clip(0, 1), np.full(len(cells), 0.01))
    asked = problem(store.grid, store.ocean, np.datetime64("2001-01-15", "D"), (seen,))
    answer = model.analyse(asked, 4, 0)
    narrow = posterior(model.network.analysis, model.scaling, model.ensemble, asked, 15, 4, 0)
    wide = narrow.widened_about_its_mean(answer.agreement.factor)
    assert answer.agreement.factor.min() > 3
    np.testing.assert_array_equal(answer.mean, narrow.moments()[0])
    np.testing.assert_array_equal(answer.std, wide.moments()[1])
    np.testing.assert_array_equal(answer.members, wide.states())
    assert np.allclose(wide.moments()[0], answer.mean, atol=0.02)
    assert not np.allclose(
        narrow.widened(answer.agreement.factor).moments()[0], answer.mean, atol=0.1
    )


def test_the_largest_seed_is_written_too(ice, tmp_path):
    """A classic NetCDF attribute holds no integer of 53 bits."""
    _, model = ice
    seed = 2**53 - 1
    for endpoint in SYSTEM.endpoints:
        request = endpoint.Request(**endpoint.example(model) | {"seed": seed})
        path = write_netcdf(endpoint.answer(model, request, Options()), tmp_path / "answer.nc")
        with open_answer(path) as written:
            assert endpoint.describe(written)["seed"] == seed


def test_a_map_of_concentration_says_what_its_cells_say(ice, tmp_path):
    """A file on the model's own grid, and the same values point by point."""
    _, model = ice
    store = States.open("build/prepared/seaice.nc")
    held = store.states("test", 3)
    field, day = held.values[0, 1], held.names[0].rpartition("/")[2]
    coords = dict(model.grid.coordinates())
    about = {"standard_name": "sea_ice_area_fraction", "units": "1", "grid_mapping": "crs"}
    values = np.where(store.ocean, field, np.nan)[None].astype("f4")
    raw = xr.Dataset({"sic": (("time", "y", "x"), values, about)}, coords)
    raw = raw.assign_coords(time=np.array([day], "datetime64[ns]"))
    raw.to_netcdf(tmp_path / "ice.nc")
    _, of_file = reconstructed(model, file=tmp_path / "ice.nc")
    latitude, longitude = model.grid.centres()
    points = [
        {"latitude": a, "longitude": b, "concentration": float(np.float32(c))}
        for a, b, c in zip(
            latitude[store.ocean].tolist(),
            longitude[store.ocean].tolist(),
            field[store.ocean].clip(0, 1),
            strict=True,
        )
    ]
    _, of_points = reconstructed(model, observations=points, date=day)
    np.testing.assert_allclose(of_file.sithick, of_points.sithick, atol=1e-3)
    assert np.abs(of_file.siconc.values - field)[store.ocean].mean() < 0.06


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "neither observations nor a file"),
        ({"observations": [{"latitude": 80, "longitude": 0, "concentration": 1}]}, "no date"),
        (
            {
                "observations": [{"latitude": -60, "longitude": 0, "concentration": 1}],
                "date": "2008-01-01",
            },
            "nothing that can be used: 0 of 1",
        ),
    ],
)
def test_what_cannot_be_answered(ice, given, words):
    with pytest.raises(BadObservations, match=words):
        reconstructed(ice[1], **given)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        ({"concentration": 97}, "a fraction, at most 1: of per cent, give 0.97"),
        ({"thickness": 180.0}, "in metres, at most 15: of centimetres, give 1.8"),
        ({"concentration": 101}, "less than or equal to 1"),
    ],
)
def test_another_unit_is_told(measured, words):
    _, endpoint = SYSTEM.endpoints
    place = {"latitude": 80, "longitude": 0}
    with pytest.raises(ThermoclineError, match=words):
        question(endpoint, observations=[place | measured])
    assert question(endpoint, observations=[place | {"concentration": 1, "thickness": 15}])
