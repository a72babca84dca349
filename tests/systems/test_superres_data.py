"""The store of fine SST: days matched, split by time, member and box, and errors measured."""

import numpy as np
import pytest
import xarray as xr

from thermocline.config import DataConfig, Period, SstConfig
from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.split import SPLITS
from thermocline.prepare.store_table import store_table
from thermocline.prepare.validate import validate_prepared
from thermocline.simulate import sst_files
from thermocline.sources import read_field
from thermocline.systems.superres.data.checks import standardised
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.data.prepare import write_pairs

SST = SstConfig(
    factor=4, size=2.0, boxes={"west": (10, -20), "east": (-30, 100)}, withheld=("east",)
)
DATA = DataConfig(
    train=Period(members=("r1",), first=1990, last=1999),
    validation=Period(members=("r1",), first=2000, last=2001),
    test=Period(members=("truth",), first=2000, last=2001),
)
DAYS = np.array(["1985-01-01", "1990-05-06", "1999-12-31", "2000-01-01"], "datetime64[D]")
ERROR = 0.2


def product(member, box, step, values, days=DAYS, margin=0):
    """A canonical dataset of one box and `margin` degrees around it."""
    south, west = SST.boxes[box]
    axis = np.arange(round((SST.size + 2 * margin) / step))
    field = np.asarray(values, np.float32)[:, None]
    return xr.Dataset(
        {"tos": (("time", "depth", "latitude", "longitude"), field)},
        coords={
            "time": days.astype("datetime64[ns]") + np.timedelta64(12, "h"),
            "depth": [0.0],
            "latitude": south - margin + step * (axis + 0.5),
            "longitude": west - margin + step * (axis + 0.5),
        },
        attrs={"member": member, "file": f"{member}-{box}.nc"},
    )


def archive(error=ERROR):
    """Fine and coarse files of a member in one box and of the truth in both; land in a corner."""
    rng = np.random.default_rng(0)
    fine, coarse = [], []
    for member, box in (("r1", "west"), ("truth", "west"), ("truth", "east"), ("r1", "east")):
        values = 15 + rng.standard_normal((len(DAYS), 20, 20)).cumsum(axis=1)
        values[:, :5, :7] = np.nan
        fine.append(product(member, box, 0.1, values))
        means = block_mean(values, fine[-1].tos.isel(time=0, depth=0).values * 0 + 1, 4)
        grid_means = block_mean(values, _area(fine[-1]), 4)
        assert np.nanmax(np.abs(means - grid_means)) < 0.05
        coarse.append(
            product(member, box, 0.4, grid_means + error * rng.standard_normal((4, 5, 5)))
        )
    return fine, coarse


def _area(dataset):
    return LatLonGrid(dataset.latitude.values, dataset.longitude.values).cell_area()


@pytest.fixture
def store(tmp_path):
    write_pairs(tmp_path / "superres.nc", *archive(), SST, DATA)
    return Pairs.open(tmp_path / "superres.nc")


def test_splits_are_by_year_member_and_box(store):
    assert store.names("train") == ["west/r1/1990-05-06", "west/r1/1999-12-31"]
    assert store.names("validation") == ["west/r1/2000-01-01"]
    assert store.names("test") == ["east/truth/2000-01-01", "west/truth/2000-01-01"]
    assert store.factor == 4 and set(store.grids) == {"west", "east"}


def test_pairs_are_what_the_files_hold(store):
    fine, coarse = archive()
    pairs = store.pairs("train")
    assert [pair[0].date for pair in pairs] == list(DAYS[1:3])
    for (problem, truth), day in zip(pairs, (1, 2), strict=True):
        np.testing.assert_allclose(truth, fine[0].tos.values[day, 0], atol=6e-4)
        observed = problem.observed
        np.testing.assert_array_equal(
            observed, np.isfinite(block_mean(truth, np.ones_like(truth), 4))
        )
        np.testing.assert_allclose(
            problem.value[observed], coarse[0].tos.values[day, 0][observed], atol=6e-4
        )
        np.testing.assert_array_equal(problem.ocean, np.isfinite(truth))
        assert problem.region == "west" and problem.grid.shape == (20, 20)
        np.testing.assert_array_equal(problem.s_y, store.error.s_y(problem.value))


def test_the_stated_error_is_the_one_there_is(store):
    """Two training days of 24 blocks with sea each: the estimate is good to √(1/96)."""
    pairs = store.pairs("train")
    scaled = [
        ((p.value - block_mean(t, p.grid.cell_area(), 4)) / p.s_y)[p.observed] for p, t in pairs
    ]
    assert np.sqrt(np.mean(np.square(scaled))) == pytest.approx(1, rel=1e-3)
    assert np.mean([p.s_y[p.observed].mean() for p, _ in pairs]) == pytest.approx(ERROR, rel=0.3)


def test_a_box_that_no_file_holds_is_named(tmp_path):
    fine, coarse = archive()
    more = SST.model_copy(update={"boxes": {**SST.boxes, "nowhere": (50, 50)}})
    with pytest.raises(BadData, match=r"nowhere has .*coarse east 1, west 4; fine east 1"):
        write_pairs(tmp_path / "pairs.nc", fine, coarse, more, DATA)
    other = SST.model_copy(update={"boxes": {"nowhere": (50, 50)}, "withheld": ()})
    with pytest.raises(BadData, match=r"by box: coarse none; fine none .*superres.data.boxes"):
        write_pairs(tmp_path / "pairs.nc", fine, coarse, other, DATA)
    assert not (tmp_path / "pairs.nc").exists()


def test_a_larger_file_gives_the_same_box(tmp_path, store):
    fine, coarse = archive()
    rng = np.random.default_rng(1)
    wide = 15 + rng.standard_normal((len(DAYS), 40, 40))
    wide[:, 10:30, 10:30] = fine[0].tos.values[:, 0]
    fine[0] = product("r1", "west", 0.1, wide, margin=1)
    write_pairs(tmp_path / "again.nc", fine, coarse, SST, DATA)
    assert Pairs.open(tmp_path / "again.nc").digest() == store.digest()


def test_providers_files_give_the_same_store_to_their_rounding(tmp_path, store):
    fine, coarse = archive()
    read = {"ostia": [], "oisst": []}
    for cells, blocks in zip(fine, coarse, strict=True):
        member = cells.attrs["member"]
        box = "west" if float(cells.longitude[0]) < 0 else "east"
        notes = {"variant_label": f"{member}i1p1f1"}
        paths = [tmp_path / f"{member}-{box}-{kind}.nc" for kind in read]
        grids = [LatLonGrid(d.latitude.values, d.longitude.values) for d in (cells, blocks)]
        values = [d.tos.values[:, 0] for d in (cells, blocks)]
        sst_files.write_ostia(paths[0], values[0], grids[0], DAYS, 0.01, notes)
        sst_files.write_oisst(paths[1], values[1], 0 * values[1] + 0.2, grids[1], DAYS, notes)
        for kind, path in zip(read, paths, strict=True):
            read[kind].append(read_field(path, "tos"))
    write_pairs(tmp_path / "again.nc", read["ostia"], read["oisst"], SST, DATA)
    again = Pairs.open(tmp_path / "again.nc")
    assert again.error.noise == pytest.approx(store.error.noise, abs=4e-3)
    for split in SPLITS:
        assert again.names(split) == store.names(split)
        for (a, truth_a), (b, truth_b) in zip(again.pairs(split), store.pairs(split), strict=True):
            np.testing.assert_allclose(truth_a, truth_b, atol=7e-3)
            np.testing.assert_allclose(a.value, b.value, atol=7e-3)


def test_the_digest_is_of_the_content(tmp_path, store):
    fine, coarse = archive()
    write_pairs(tmp_path / "again.nc", reversed(fine), coarse, SST, DATA)
    assert Pairs.open(tmp_path / "again.nc").digest() == store.digest()
    fine[1].tos[3, 0, 10, 10] += 0.01
    write_pairs(tmp_path / "other.nc", fine, coarse, SST, DATA)
    assert Pairs.open(tmp_path / "other.nc").digest() != store.digest()


def test_of_many_days_the_error_is_fitted_to_some_whatever_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("thermocline.systems.superres.data.matched.FITTED", 1)
    found = []
    for turn in (1, -1):
        fine, coarse = archive()
        fine = [each.isel(time=slice(None, None, turn)) for each in fine]
        write_pairs(tmp_path / "s.nc", fine[::turn], coarse, SST, DATA)
        found.append(Pairs.open(tmp_path / "s.nc").error)
    assert found[0] == found[1]
    write_pairs(tmp_path / "s.nc", *archive(error=3 * ERROR), SST, DATA)
    assert Pairs.open(tmp_path / "s.nc").error.noise > found[0].noise


def test_days_with_one_field_alone_are_left_out_and_named(tmp_path, capsys):
    fine, coarse = archive()
    coarse[0] = coarse[0].isel(time=[0, 2, 3])
    write_pairs(tmp_path / "s.nc", [fine[0], *fine[2:]], coarse, SST, DATA)
    said = capsys.readouterr().out.splitlines()
    every = sum(len(Pairs.open(tmp_path / "s.nc").names(split)) for split in SPLITS)
    assert f"Note: 1 of {every + 1} days with a fine field are left out" in said[0]
    assert said[0].endswith("no coarse one is of the same day: west/r1/1990-05-06.")
    assert "days with a coarse field are left out" in said[1] and "west/truth/2000-01-01" in said[1]


def test_what_cannot_be_matched_is_refused(tmp_path):
    fine, coarse = archive()
    path = tmp_path / "s.nc"
    with pytest.raises(BadData, match="west/r1/1990-05-06 appears twice"):
        write_pairs(path, [*fine, fine[0]], coarse, SST, DATA)
    with pytest.raises(BadData, match="no day of the test split"):
        write_pairs(path, fine, [coarse[0]], SST, DATA)
    with pytest.raises(BadData, match="are no 2 × 2"):
        write_pairs(path, fine, coarse, SST.model_copy(update={"factor": 2}), DATA)
    shifted = [c.assign_coords(latitude=c.latitude + 0.05) for c in coarse]
    with pytest.raises(BadData, match="are no 4 × 4"):
        write_pairs(path, fine, shifted, SST, DATA)
    leak = DATA.model_copy(update={"test": Period(members=("r1",), first=1999, last=2001)})
    with pytest.raises(BadConfig, match="both train and test"):
        write_pairs(path, fine, coarse, SST, leak)
    assert not list(tmp_path.iterdir())


def test_another_file_is_no_store(tmp_path, store):
    with pytest.raises(BadFile, match="no such store"):
        Pairs.open(tmp_path / "absent.nc")
    archive()[0][0].to_netcdf(tmp_path / "field.nc")
    with pytest.raises(BadFile, match="not a store of prepared data"):
        Pairs.open(tmp_path / "field.nc")
    cut = tmp_path / "cut.nc"
    cut.write_bytes(store.path.read_bytes()[:-2000])
    with pytest.raises(BadFile):
        Pairs.open(cut).pairs("test")


def test_the_table_has_fields_and_departures(store):
    table = store_table(store, standardised(store))
    fine = table[table.file.str.contains("fine") & table.file.str.contains("train")]
    values = np.concatenate([t[np.isfinite(t)] for _, t in store.pairs("train")])
    assert fine["count"].sum() == values.size and fine.minimum.min() == values.min()
    departures = table[table.variable == "tos_departure"].set_index("file")
    train = departures[departures.index.str.contains("train")]
    assert np.hypot(train.pooled_mean, train.pooled_std).to_numpy() == pytest.approx(1, rel=1e-3)
    assert sum(table.file.str.contains(f"[{s},", regex=False).any() for s in SPLITS) == 3


def test_coarse_values_that_err_otherwise_than_is_stated_are_refused(tmp_path):
    fine, coarse = archive()
    coarse[1] = coarse[1] + 2.0  # the truth's
    coarse[1].attrs = {"member": "truth"}
    write_pairs(tmp_path / "s.nc", fine, coarse, SST, DATA)
    biased = Pairs.open(tmp_path / "s.nc")
    with pytest.raises(BadData, match=r"s\.nc: coarse \[test, west/truth\]: tos_departure.*biased"):
        validate_prepared(biased, tmp_path / "v", standardised(biased))
