"""Simulated regions in providers' forms come back through the readers as they were written."""

import numpy as np
import pytest

from thermocline.simulate.en4_file import write_en4
from thermocline.simulate.mesoscale import files
from thermocline.simulate.mesoscale.archive import _joined
from thermocline.simulate.mesoscale.configuration import LEVELS, REGIONS, TRUTH
from thermocline.simulate.mesoscale.run import states
from thermocline.simulate.sst_files import write_ostia
from thermocline.sources import read_field, read_profiles

REGION = REGIONS[2]
FIRST = np.datetime64("2005-03-02")


@pytest.fixture(scope="module")
def made():
    ocean = np.ones((64, 64), bool)
    ocean[50:, :20] = False
    return list(states(REGION, TRUTH, FIRST, 2, ocean, spin_up=1))


def test_a_model_file_holds_water_and_height(made, tmp_path):
    days = np.array([state.day for state in made])
    path = tmp_path / files.subset_name(
        files.MODEL, "thetao-so-zos", REGION.grid(), days, "truthi1p1f1"
    )
    fields = {name: np.stack([getattr(s, name) for s in made]) for name in files.WATER}
    files.write_grid(path, fields, REGION.grid(), days, {"variant_label": "truthi1p1f1"})
    for name, values in fields.items():
        with read_field(path, variable=name) as found:
            assert found.attrs["member"] == "truth"
            assert (found.time.values.astype("datetime64[D]") == days).all()
            np.testing.assert_allclose(found.latitude, REGION.grid().latitude, atol=1e-6)
            if name != "zos":
                np.testing.assert_array_equal(found.depth, LEVELS)
            scale, _, step = files.PACKED[name]
            read = found[name].values.reshape(values.shape)
            assert (np.isnan(read) == np.isnan(values)).all()
            assert np.nanmax(np.abs(read - values)) <= 0.51 * scale * step


def test_products_are_read_as_the_variables_of_a_surface(made, tmp_path):
    days, grid = np.array([state.day for state in made]), REGION.grid()
    seen = {name: np.stack([s.products[name] for s in made]) for name in made[0].products}
    paths = {name: tmp_path / f"{name}_r1i1p1f1_x.nc" for name in seen}
    write_ostia(paths["tos"], seen["tos"], grid, days, 0.02, {})
    files.write_grid(paths["sos"], {"sos": seen["sos"]}, grid, days, {})
    files.write_grid(paths["zos"], {"adt": seen["zos"]}, grid, days, {})
    for name, path in paths.items():
        with read_field(path, variable=name) as found:
            read = found[name].values.reshape(seen[name].shape)
            assert found[name].attrs["units"] in ("degree_Celsius", "1e-3", "m")
            np.testing.assert_allclose(read, seen[name], atol=0.011)


def test_profiles_hold_both_variables_of_the_column_with_an_error(made, tmp_path):
    random, grid = np.random.default_rng(0), REGION.grid()
    parts = [files.profiles_of(made, grid, 30, random) for _ in range(2)]
    path = tmp_path / "EN.4.2.2.f.profiles.g10.200503.nc"
    write_en4(path, _joined(parts), 2005, 3, "test")
    found = read_profiles(path)
    assert found.sizes["n_prof"] == 120
    rows, columns = grid.locate(found.latitude.values, found.longitude.values)
    day = found.time.values.astype("datetime64[D]")
    for number, state in enumerate(made):
        of = day == state.day
        assert of.sum() == 60
        for name, error in (("thetao", 0.1005), ("so", 0.0158)):
            truth = getattr(state, name)[:, rows[of], columns[of]].T
            assert np.std(found[name].values[of] - truth) == pytest.approx(error, rel=0.1), number
