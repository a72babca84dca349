"""Raw files and the simulated archive to a store: what is read, cut out, split and left out."""

import numpy as np
import pytest
import xarray as xr

from densify_world import config
from thermocline.config import DataConfig, Period
from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.simulate.mesoscale import files
from thermocline.simulate.mesoscale.configuration import LEVELS, REGIONS
from thermocline.simulate.sst_files import write_ostia
from thermocline.sources.fields import reader
from thermocline.systems.densify.config.data import ArchiveConfig
from thermocline.systems.densify.data import prepare as module
from thermocline.systems.densify.data.archive import Run, jobs
from thermocline.systems.densify.data.prepare import chosen, prepare
from thermocline.systems.densify.data.raw import raw
from thermocline.systems.densify.data.waters import Waters

REGION = REGIONS[0]
GRID = REGION.grid()
SPLITS = {
    "train": {"members": ["r1"], "first": 1980, "last": 2004},
    "validation": {"members": ["r1"], "first": 2005, "last": 2009},
    "test": {"members": ["truth"], "first": 2005, "last": 2009},
}
TRACK = lambda things, _: things


def fields(days, value):
    """Constant water and surfaces, with a corner of land."""
    ocean = np.ones(GRID.shape, bool)
    ocean[50:, :10] = False
    water = {"thetao": value, "so": 35 + value / 100}
    made = {k: np.full((len(days), len(LEVELS), *GRID.shape), v) for k, v in water.items()}
    surface = {"tos": value + 1, "sos": 35.5, "zos": 0.1}
    made |= {k: np.full((len(days), *GRID.shape), v) for k, v in surface.items()}
    return {k: np.where(ocean, v, np.nan).astype(np.float32) for k, v in made.items()}


def write(folder, member, days, value):
    found, about = fields(days, value), {"variant_label": f"{member}i1p1f1"}
    name = lambda kind: folder / f"{kind}_{member}i1p1f1_x.nc"
    model = {"thetao": found["thetao"], "so": found["so"], "zos": found["zos"] + 1}
    files.write_grid(name("model"), model, GRID, days, about)
    write_ostia(name("sst"), found["tos"], GRID, days, 0.02, about)
    files.write_grid(name("sss"), {"sos": found["sos"]}, GRID, days, about)
    files.write_grid(name("adt"), {"adt": found["zos"]}, GRID, days, about)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Two days of the truth, one of its variant; a run that crosses from training to validation."""
    folder = tmp_path / "eddies"
    folder.mkdir()
    days = np.array(["2005-02-02", "2005-02-23"], "datetime64[D]")
    write(folder, "truth", days, 10.0)
    write(folder, "shifted", days[:1], 11.0)
    made = config(tmp_path, data={"regions": {"gulf_stream": (30.0, -76.0)}})
    made.data = DataConfig(raw=tmp_path, prepared=tmp_path, prepare={"workers": 1}, **SPLITS)
    week = np.datetime64("2004-12-15") + 7 * np.arange(14)
    run = Run("gulf_stream", "r1", week, fields(week, 12.0))
    monkeypatch.setattr(module, "jobs", lambda *_: [("r1", "gulf_stream")])
    monkeypatch.setattr(module, "simulated", lambda *_: run)
    return made


def test_states_come_from_files_and_from_the_archive(settings, tmp_path):
    prepare(settings, tmp_path / "densify.nc", TRACK)
    store = Waters.open(tmp_path / "densify.nc")
    assert store.regions == ("gulf_stream",)
    np.testing.assert_array_equal(store.depth, LEVELS)
    test = store.states("test", "gulf_stream")
    assert sorted(test.names) == [
        "gulf_stream/shifted/2005-02-02", "gulf_stream/truth/2005-02-02",
        "gulf_stream/truth/2005-02-23",
    ]  # fmt: skip
    truth = test.values[test.names.index("gulf_stream/truth/2005-02-23")]
    sea = truth[:, 0, 0]
    np.testing.assert_allclose(sea[:16], 10, atol=0.011)
    np.testing.assert_allclose(sea[32:], [11, 35.5, 0.1], atol=0.011)  # the satellite's height
    assert np.isnan(truth[:, 55, 5]).all()


def test_validation_states_soon_after_training_are_left_out(settings, tmp_path):
    prepare(settings, tmp_path / "densify.nc", TRACK)
    store = Waters.open(tmp_path / "densify.nc")
    train, validation = (store.states(s, "gulf_stream").days for s in ("train", "validation"))
    assert len(train) == 3 and train.max() == np.datetime64("2004-12-29")
    assert validation.min() - train.max() == np.timedelta64(56, "D")
    assert len(train) + len(validation) == 14 - 7


def test_states_soon_before_training_are_left_out_too(settings):
    """A split that ends where training begins is as like it as one that begins where it ends."""
    split = settings.data.model_copy(
        update={
            "validation": Period(members=("r1",), first=2004, last=2004),
            "train": Period(members=("r1",), first=2005, last=2005),
        }
    )
    days = list(np.datetime64("2004-09-01") + 7 * np.arange(30))
    found = chosen("r1", days, split, settings.densify.data)
    last = max(day for day, name in found if name == "validation")
    first = min(day for day, name in found if name == "train")
    assert first == min(day for day in days if day >= np.datetime64("2005-01-01"))
    assert first - last == np.timedelta64(56, "D")


def test_surface_and_water_are_told_apart(settings):
    held = {(f.path.name.split("_")[0], f.variable.name) for f in raw(settings)}
    assert held == {
        ("model", "thetao"), ("model", "so"), ("sst", "tos"), ("sss", "sos"), ("adt", "zos"),
    }  # fmt: skip


def test_a_file_is_opened_once_to_see_what_it_holds(settings, monkeypatch):
    opened = []
    plain = reader.open_raw
    monkeypatch.setattr(reader, "open_raw", lambda path: opened.append(path) or plain(path))
    files = raw(settings)
    assert sorted(opened) == sorted({file.path for file in files})


def test_a_file_of_something_else_is_refused(settings, tmp_path):
    xr.Dataset({"chl": (("y",), [1.0])}).to_netcdf(tmp_path / "eddies" / "z.nc")
    with pytest.raises(BadFile, match="none of thetao"):
        raw(settings)


def test_a_region_without_a_file_is_named(settings, tmp_path):
    elsewhere = config(tmp_path, data={"regions": {"x": (0.0, 0.0)}})
    elsewhere.data = settings.data
    with pytest.raises(BadData, match="no thetao of x"):
        prepare(elsewhere, tmp_path / "densify.nc", TRACK)


def test_an_archive_of_unknown_members_or_regions_is_refused():
    ocean = {"gulf_stream": np.ones((64, 64), bool)}
    for archive, oceans in (
        (ArchiveConfig(members=("r9",)), ocean),
        (ArchiveConfig(), {"atlantis": ocean["gulf_stream"]}),
    ):
        with pytest.raises(BadConfig, match="no simulated"):
            jobs(archive, oceans)
    assert jobs(ArchiveConfig(weeks=0), ocean) == []


def test_two_states_of_a_day_are_refused(settings, tmp_path):
    one = next(iter((tmp_path / "eddies").glob("sst*")))
    (tmp_path / "eddies" / f"sst_again{one.suffix}").write_bytes(one.read_bytes())
    with pytest.raises(
        BadData, match=r"tos of gulf_stream, member shifted, of .* appears twice.*CanESM5_r1"
    ):
        prepare(settings, tmp_path / "densify.nc", TRACK)
