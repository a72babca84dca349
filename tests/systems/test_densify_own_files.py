"""Files as providers have them: other cells and days, other levels, a shelf, a single run.

A smooth ocean is a formula, so that it can be said on any cells; what is prepared must not depend
on how it was said.
"""

import json

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from densify_model import to_the_model
from densify_world import config
from thermocline.config import DataConfig
from thermocline.errors import BadData
from thermocline.sources.account import ATTRIBUTE
from thermocline.systems.densify.baselines.folds import fold_of, folds, in_fold
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut
from thermocline.systems.densify.config.data import DensifyData
from thermocline.systems.densify.data.gaps import continued, filled_surface
from thermocline.systems.densify.data.prepare import parts, prepare
from thermocline.systems.densify.data.waters import States, Waters
from thermocline.systems.densify.endpoints.dataset import densify
from thermocline.systems.densify.endpoints.request import DensifyRequest
from thermocline.systems.densify.evaluation import evaluate as evaluation
from thermocline.systems.densify.model.method import load
from thermocline.systems.paths import StagePaths

SOUTH, WEST, SIZE, STEP = 30.0, -60.0, 4.8, 0.2
LEVELS = (5.0, 50.0, 200.0)
DEPTHS = (0.5, 5, 20, 50, 120, 200, 400)
"""Of the files."""
TRACK = lambda things, label: things
SPLITS = {
    "train": {"members": [""], "first": 2001, "last": 2003},
    "validation": {"members": [""], "first": 2004, "last": 2004},
    "test": {"members": [""], "first": 2005, "last": 2005},
}


def axis(start, step):
    """Cells over the region, with a degree around it."""
    return np.arange(start - 1 + step / 2, start + SIZE + 1, step)


def waves(day, latitude, longitude, seed):
    """A smooth field of a day [H, W], a formula of the place."""
    rng = np.random.default_rng([seed, int(day.astype(int))])
    north, east = np.meshgrid(latitude - SOUTH, longitude - WEST, indexing="ij")
    parts = [
        rng.standard_normal() * np.cos(2 * np.pi * (a * north + b * east) / 6 + c)
        for a, b, c in rng.uniform((-1, -1, 0), (1, 1, 2 * np.pi), (6, 3))
    ]
    return np.sum(parts, axis=0) / 2


def water(day, latitude, longitude):
    """Temperature and salinity [S, H, W] at `DEPTHS`: two modes, and a floor in the north-west."""
    one, two = (waves(day, latitude, longitude, seed) for seed in (0, 1))
    depth = np.array(DEPTHS)[:, None, None]
    temperature = 20 - depth / 40 + one * np.exp(-depth / 300) + 0.5 * two * depth / 200
    salinity = 36 - depth / 400 + 0.2 * one * np.exp(-depth / 300) - 0.1 * two * depth / 200
    north, east = np.meshgrid(latitude - SOUTH, longitude - WEST, indexing="ij")
    floor = 150 + 500 * np.maximum(east - north + 1.5, 0)
    floor[(north > 4) & (east < 0.8)] = 0
    return [np.where(depth <= floor, x, np.nan) for x in (temperature, salinity)]


def write(path, fields, days, latitude, longitude, units):
    """Fields [T, S, H, W] or [T, H, W] by name; longitudes count from 0 to 360."""
    dims = ("time", "depth", "latitude", "longitude")
    data = {
        name: (
            dims if x.ndim == 4 else (dims[0], *dims[2:]),
            x.astype("f4"),
            {"units": units[name]},
        )
        for name, x in fields.items()
    }
    longitude = ("longitude", longitude % 360, {"units": "degrees_east"})
    place = {"latitude": ("latitude", latitude, {"units": "degrees_north"}), "longitude": longitude}
    deep = ("depth", np.array(DEPTHS), {"units": "m", "positive": "down"})
    place |= {"depth": deep} if any(x.ndim == 4 for x in fields.values()) else {}
    xr.Dataset(data, {"time": days.astype("datetime64[ns]"), **place}).to_netcdf(path)


def write_world(folder, days, step=0.1, surface=0.25, late=2, flipped=False):
    """Water on cells of `step` degrees, surface products on others, some days `late`."""
    satellites = folder.with_name("satellites")
    for each in (folder, satellites):
        each.mkdir(parents=True)
    latitude, longitude = axis(SOUTH, step), axis(WEST, step)
    latitude = latitude[::-1] if flipped else latitude
    both = [np.stack(x) for x in zip(*(water(d, latitude, longitude) for d in days), strict=True)]
    fields = dict(zip(("thetao", "so"), both, strict=True))
    units = {"thetao": "degrees_C", "so": "1e-3", "analysed_sst": "kelvin", "sos": "1e-3"}
    units |= {"adt": "m"}
    write(folder / "water.nc", fields, days, latitude, longitude, units)
    latitude, longitude = axis(SOUTH, surface), axis(WEST, surface)
    one = np.stack([waves(day, latitude, longitude, 0) for day in days])
    products = {"analysed_sst": 293.15 + one, "sos": 36 + 0.2 * one, "adt": 0.1 * one}
    for name, values in products.items():
        write(satellites / f"{name}.nc", {name: values}, days + late, latitude, longitude, units)


OWN = {
    "baselines": {
        "linear": {"ridge": (1e-2,), "radius_km": (240.0,), "inflation": (1.0,)},
        "ensemble": {"states": 40, "radius_km": (240.0,), "inflation": (1.0,), "thinning": 2},
        "profiles": {"length_km": (40.0,), "power": (2.0,)},
    },
    "model": {"network": {"width": 8, "multipliers": (1, 2), "embedding": 16}},
    "training": {"steps": 6, "batch": 4, "checkpoint_every": 3, "validate_every": 3, "warmup": 2},
    "sampling": {"steps": 2, "members": 4},
    "evaluate": {"densities": (0.0, 0.05), "cases": 2, "validation_cases": 2, "members": 4},
}


def settings(root, **data):
    """What a person sets for files of their own."""
    asked = {
        "folder": ("own", "satellites"),
        "regions": {"box": (SOUTH, WEST)},
        "size": SIZE,
        "step": STEP,
        "depth": LEVELS,
        "archive": {"weeks": 0},
        "variants": (),
    } | data
    made = config(root / "build/prepared", data=asked, **OWN)
    made.data = DataConfig(
        raw=root / "raw", prepared=root / "build/prepared", prepare={"workers": 1}, **SPLITS
    )
    return made


def weekly(first, count):
    return np.datetime64(first, "D") + 7 * np.arange(count)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every stage on files of one run: (configuration, store, model, scoreboard)."""
    root = tmp_path_factory.mktemp("own")
    days = np.concatenate(
        [*(weekly(f"{y}-02-01", 14) for y in (2001, 2002, 2003)), weekly("2004-06-02", 4),
         weekly("2005-06-02", 4)]
    )  # fmt: skip
    write_world(root / "raw" / "own", days)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        made = settings(root)
        paths = StagePaths("densify", made)
        paths.store.parent.mkdir(parents=True)
        prepare(made, paths.store, TRACK)
        to_the_model(made)
        patch.setattr(evaluation, "draw_figures", lambda *_: None)  # nobody looks at them
        board = evaluation.evaluate(made, root / "report", TRACK)
        yield made, Waters.open(paths.store), load(paths.model), board


def test_water_and_surfaces_come_to_the_cells_and_levels_that_were_asked_for(world):
    store = world[1]
    grid = store.grid("box")
    np.testing.assert_allclose(grid.latitude, SOUTH + STEP * (np.arange(24) + 0.5))
    np.testing.assert_array_equal(store.depth, LEVELS)
    test = store.states("test", "box")
    # Surface products are two days late: each state has that of its own week.
    day = test.days[1]
    exact = water(day, grid.latitude, grid.longitude)[0][[1, 3, 5]]
    wet = store.ocean("box")[:3]
    assert np.abs(test.values[1, :3] - exact)[wet & np.isfinite(exact)].max() < 0.05
    height = 0.1 * waves(day, grid.latitude, grid.longitude, 0)
    assert np.abs(test.values[1, -1] - height)[wet[0]].max() < 0.02


def test_the_same_ocean_on_other_cells_is_the_same(world, tmp_path):
    """Water of 0.05°, surfaces of 0.1°, rows from north to south: equal to what cells resolve."""
    days = weekly("2001-02-01", 3)
    days = np.concatenate([days, weekly("2004-06-02", 2), weekly("2005-06-02", 2)])
    write_world(tmp_path / "raw" / "own", days, step=0.05, surface=0.1, late=-1, flipped=True)
    prepare(settings(tmp_path), tmp_path / "other.nc", TRACK)
    ours, other = world[1], Waters.open(tmp_path / "other.nc")
    both = ours.ocean("box") & other.ocean("box")
    assert both.sum() > 0.97 * ours.ocean("box").sum()
    a, b = (each.states("test", "box", 1).values[0] for each in (ours, other))
    assert np.abs(a - b)[:6][both].max() < 0.06
    assert np.abs(a - b)[6:, both[0]].max() < 0.03


def test_nothing_is_answered_or_scored_below_the_floor(world):
    _, store, model, board = world
    wet = store.ocean("box")
    assert not wet[:, -1, 0].any() and wet[0, 12, 0] and not wet[2, 12, 0]
    surface = {"date": "2005-06-02", "members": 2}
    grid = store.grid("box")
    place = {"latitude": float(grid.latitude[12]), "longitude": float(grid.longitude[0])}
    points = [
        {**place, "depth": z, "temperature": 18.0, "salinity": 36.0} for z in (5.0, 50.0, 200.0)
    ]
    answer = densify(model, DensifyRequest(observations=points, **surface), False)
    for name in ("thetao", "so"):
        found = np.isfinite(answer[name].values[0])
        np.testing.assert_array_equal(found, wet[:3])
    account = json.loads(answer.attrs[ATTRIBUTE])
    assert account["dropped"]["below the sea floor of the model"] == 2
    assert account["used"] == 4
    for row in board.rows:
        assert np.isfinite([row.rmse, row.crps]).all()


def test_each_state_is_analysed_by_other_years_of_a_single_run(world):
    made, store, *_ = world
    leave_member_out = LeaveMemberOut(StagePaths("densify", made).baselines)
    names = store.states("train", "box").names
    without = {leave_member_out.of(name).regions[0].climate.std.tobytes() for name in names}
    assert len(without) == 3
    assert folds(["", ""]) == ["+0", "+1", "+2"] and folds(["a", "b"]) == ["a", "b"]
    assert fold_of("box//2003-05-14", ["+0", "+1", "+2"]) == f"+{2003 % 3}"
    assert fold_of("box/r1/2003-05-14", ["r1", "r2"]) == "r1"
    three = States(np.zeros(3), np.zeros(3), np.array(["", "", ""]),
                   ["box//2001-01-01", "box//2002-01-01", "box//2004-01-01"])  # fmt: skip
    assert in_fold(three, "+0").tolist() == [True, False, True]


def test_what_is_missing_is_counted(tmp_path):
    write_world(tmp_path / "raw" / "own", weekly("2001-02-01", 6)[::2], late=4)
    with pytest.raises(BadData, match=r"no day of box.*no member: days of thetao 3, so 3, tos 3"):
        prepare(settings(tmp_path), tmp_path / "x.nc", TRACK)


def test_days_without_every_field_are_left_out_and_named(tmp_path, capsys):
    """Days of two weeks have no height near them; of one that has all, nothing is said."""
    days = weekly("2001-02-01", 6)
    write_world(tmp_path / "raw" / "own", days)
    height = tmp_path / "raw" / "satellites" / "adt.nc"
    some = xr.load_dataset(height).isel(time=slice(0, 4))
    height.unlink()
    some.to_netcdf(height)
    made = parts(settings(tmp_path), TRACK)
    assert sum(len(part.arguments[1]) for part in made) == 4
    said = capsys.readouterr().out
    assert "Note: 2 of 6 days of water of box are left out, because not all of thetao, so" in said
    assert said.rstrip().endswith(f"within 3 days: {days[4]}, {days[5]}.")


def test_a_surface_that_covers_too_little_is_named(tmp_path):
    field, sea = np.ones((4, 4), np.float32), np.ones((4, 4), bool)
    field[:, 1:] = np.nan
    with pytest.raises(BadData, match="tos has values in 25%"):
        filled_surface(field, sea, "tos", tmp_path)
    field[:, 1:3] = 2.0
    np.testing.assert_array_equal(filled_surface(field, sea, "tos", tmp_path)[:, 3], 2.0)
    sea[0, 3] = False
    assert np.isnan(filled_surface(field, sea, "tos", tmp_path)[0, 3])


def test_columns_go_on_like_the_nearest_water():
    wet = np.ones((2, 1, 3), bool)
    wet[1, 0, 0] = False
    values = np.arange(12, dtype=np.float32).reshape(2, 2, 1, 3)
    values[:, ~wet] = np.nan
    found = continued(values.copy(), wet, "x")
    np.testing.assert_array_equal(found[:, 1, 0], [[4, 4, 5], [10, 10, 11]])
    values[1, 0, 0, 1] = np.nan
    with pytest.raises(BadData, match="1 channels of x have no value"):
        continued(values, wet, "x")
    wet[1] = False
    with pytest.raises(BadData, match="channel 1 of x lies below the sea floor everywhere"):
        continued(values, wet, "x")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"step": 0.1}, "archive.weeks 0"),
        ({"depth": (5.0, 50.0)}, "archive.weeks 0"),
        ({"step": 0.7, "archive": {"weeks": 0}}, "no multiple of step"),
        ({"depth": (50.0, 5.0), "archive": {"weeks": 0}}, "levels have to increase"),
        ({"regions": {"fiji": (-20.0, 175.0)}}, "leaves -180 to 180"),
    ],
)
def test_settings_that_cannot_be_are_refused(data, words):
    with pytest.raises(ValidationError, match=words):
        DensifyData.model_validate(data)
