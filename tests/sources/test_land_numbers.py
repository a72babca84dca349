"""Land that a file gives as a number reads as land that it declares; the sea's own numbers stay."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from stated_fields import read

from thermocline.sources.fields.reader import field_account

LAT, LON = np.arange(-39.5, 40, 2.0), np.arange(-59.5, 0, 2.0)
RNG = np.random.default_rng(5)
LAND = (LAT[:, None] / 20 + np.sin(LON / 9)) > 1.2
"""A coast: some 15% of the cells."""


def field(values, name="sst", units="degC", standard="") -> xr.Dataset:
    said = {"units": units} | ({"standard_name": standard} if standard else {})
    return xr.Dataset(
        {name: (("time", "lat", "lon"), np.asarray(values)[None].astype("f4"), said)},
        {"time": ("time", [2995.0], {"units": "days since 2000-01-01"}),
         "lat": ("lat", LAT, {"units": "degrees_north"}),
         "lon": ("lon", LON, {"units": "degrees_east"})},
    )  # fmt: skip


def warm(shift=0.0):
    smooth = 14 - 0.3 * np.abs(LAT)[:, None] + 2 * np.sin(LON / 7) + shift
    return smooth + RNG.normal(0, 0.1, smooth.shape)


FIELDS = {
    "tropical": ("sst", "tos", warm(10), ""),
    "through zero": ("sst", "tos", warm(-1.5), ""),
    "under ice": ("sst", "tos", np.maximum(warm(-6), -1.8), ""),
    "salinity": ("so_surface", "sos", warm(20), "sea_surface_salinity"),
    "height": ("ssh", "zos", (warm() - 14) / 5, ""),
}


@pytest.mark.parametrize("what", FIELDS)
@pytest.mark.parametrize("size", [2**20, 100])
def test_land_as_exactly_0_is_land(tmp_path, monkeypatch, what, size):
    monkeypatch.setattr("thermocline.sources.fields.values.SMALL", size)  # at once, and in blocks
    name, variable, values, standard = FIELDS[what]
    units = {"sos": "1e-3", "zos": "m"}.get(variable, "degC")
    assert 0.05 < LAND.mean() < 0.5
    found = {
        how: read(tmp_path, field(np.where(LAND, number, values), name, units, standard), variable)
        for how, number in (("zero", 0.0), ("declared", np.nan))
    }
    np.testing.assert_array_equal(found["zero"][variable], found["declared"][variable])
    account = field_account(found["zero"], variable)
    assert account.dropped == {"exactly 0 in many cells as on land": LAND.sum()}
    assert field_account(found["declared"], variable).dropped == {}


def test_land_as_0_of_kelvin_and_packed(tmp_path):
    values = np.where(LAND, 0.0, warm(6))
    plain = read(tmp_path, field(values))
    assert np.isnan(plain.tos.values[0, 0])[LAND].all()
    kelvin = read(tmp_path, field(values + 273.15, units="K"))
    np.testing.assert_array_equal(np.isnan(kelvin.tos), np.isnan(plain.tos))
    packed = {"dtype": "i2", "scale_factor": 0.001, "add_offset": 10.0, "_FillValue": -32768}
    packed = read(tmp_path, field(values), sst=packed)
    np.testing.assert_array_equal(np.isnan(packed.tos), np.isnan(plain.tos))


@pytest.mark.parametrize("step", [1.0, 0.5, 0.1])
def test_a_number_among_few_is_the_seas(tmp_path, step):
    """Values in steps, as packing of one byte gives them: many are 0, and as many beside it."""
    values = np.round(warm(-1.5) / step) * step
    found = read(tmp_path, field(values))
    assert field_account(found, "tos").used == values.size
    assert not any("exactly" in note for note in field_account(found, "tos").notes)


@pytest.mark.parametrize("values", [
    np.zeros((LAT.size, LON.size)), np.full((LAT.size, LON.size), 12.0),
    np.where(LAND, 0.0, 12.0), np.where(LAND, 0.0, np.round(warm(10))),
])  # fmt: skip
def test_uniform_fields_stay(tmp_path, values):
    found = read(tmp_path, field(values))
    assert field_account(found, "tos").used == values.size


@pytest.mark.parametrize("number", [-1.8, 5.0, 20.0])
def test_any_other_number_is_noted_and_used(tmp_path, number):
    values = np.where(LAND, number, warm(6))
    account = field_account(read(tmp_path, field(values)), "tos")
    assert account.used == values.size
    share = f"{LAND.mean():.0%}"
    (note,) = [note for note in account.notes if "exactly" in note]
    assert note.startswith(share) and f"{number:g} degree_Celsius" in note and "_FillValue" in note


def test_concentrations_of_0_and_1_are_the_seas(tmp_path):
    ice = np.clip((warm() - 6) / 4, 0, 1)
    assert (ice == 0).mean() > 0.1 and (ice == 1).mean() > 0.01
    found = read(tmp_path, field(ice, "siconc", "1"), "siconc")
    account = field_account(found, "siconc")
    assert account.used == ice.size and not any("exactly" in note for note in account.notes)


def test_the_bottom_is_no_water_of_0_degrees(tmp_path, monkeypatch):
    """Where the surface is all sea, and the last level half rock."""
    monkeypatch.setattr("thermocline.sources.fields.values.SMALL", 100)
    depth = np.array([5.0, 50, 500])
    values = np.stack([warm(10) - z / 100 for z in depth])
    values[2][LAND] = 0
    path = tmp_path / "f.nc"
    said = {"units": "degC", "standard_name": "sea_water_potential_temperature"}
    dataset = xr.Dataset(
        {"thetao": (("time", "lev", "lat", "lon"), values[None].astype("f4"), said)},
        field(values[0]).coords | {"lev": ("lev", depth, {"units": "m", "axis": "Z"})},
    )
    found = read(tmp_path, dataset, "thetao").thetao.values[0]
    np.testing.assert_array_equal(np.isnan(found[2]), LAND)
    assert np.isfinite(found[:2]).all() and path.exists()


MASKS = {
    "land_binary_mask": (1, {}),
    "mask": (1, {"standard_name": "land_binary_mask"}),
    "msk": (0, {"standard_name": "sea_binary_mask"}),
    "lsm": (1, {"long_name": "Land-sea mask (0 = sea, 1 = land)"}),
    "lsmask": (0, {"comment": "1:ocean 0:land"}),
    "MASK": (0, {"long_name": "Land-sea mask: 1 = sea ; 0 = land"}),
    "land_mask": (2, {"description": "land=2, water=1"}),
    "landmask": (0, {"long_name": "1 is water"}),
    "tmask": (0, {}),
    "mask_rho": (0, {"option_0": "land", "option_1": "water"}),
    "wet": (0, {"long_name": "0 if land, 1 if ocean"}),
    "lsmask_": (1, {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "sea land"}),
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("kind", ["i1", "f4", "bool"])
@pytest.mark.parametrize("timed", [True, False])
def test_a_mask_of_land_is_honoured(tmp_path, mask, kind, timed):
    land, said = MASKS[mask]
    if kind == "bool" and land == 2:
        pytest.skip("no truth value")
    values = np.where(LAND, land, 1 - land if land < 2 else 1).astype(kind)
    dims = ("time", "lat", "lon") if timed else ("lat", "lon")
    wild = field(np.where(LAND, warm(3), FIELDS["tropical"][2]))
    found = read(tmp_path, wild.assign({mask: (dims, values[None] if timed else values, said)}))
    np.testing.assert_array_equal(np.isnan(found.tos.values[0, 0]), LAND)
    (reason,) = field_account(found, "tos").dropped
    assert mask.replace("_", " ").strip() in reason and "land" in reason


def test_a_mask_with_land_as_its_fill(tmp_path):
    path = tmp_path / "f.nc"
    field(warm(10)).to_netcdf(path)
    with netCDF4.Dataset(path, "a") as file:
        mask = file.createVariable("tmask", "i1", ("lat", "lon"), fill_value=0)
        mask[:] = np.where(LAND, 0, 1)
    with xr.open_dataset(path, decode_times=False) as dataset:
        found = read(tmp_path / "..", dataset.load())
    np.testing.assert_array_equal(np.isnan(found.tos.values[0, 0]), LAND)


@pytest.mark.parametrize("mask", ["mask", "lsm", "land_mask", "lsmask", "land_sea_mask"])
def test_a_mask_that_does_not_say_what_1_is_is_noted(tmp_path, mask):
    dataset = field(warm(10)).assign({mask: (("lat", "lon"), LAND.astype("i1"))})
    account = field_account(read(tmp_path, dataset), "tos")
    assert account.used == LAND.size
    assert f"{mask} is not used: it does not say which of its values is land" in account.notes


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("lsm", {"long_name": "Fraction of land (0 to 1)"}),
        ("lsm", {"long_name": "Fraction of land (0-1)"}),
        ("lsm", {"long_name": "Sea 0 - Land 1 - Lake 2"}),
        ("mask", {"long_name": "0 = sea, -1 = land"}),
        ("mask", {"long_name": "0 is sea"}),
    ],
)
def test_words_that_name_no_number_of_land_are_not_used(tmp_path, mask, said):
    dataset = field(warm(10)).assign({mask: (("lat", "lon"), LAND.astype("i1"), said)})
    account = field_account(read(tmp_path, dataset), "tos")
    assert account.used == LAND.size
    assert f"{mask} is not used: it does not say which of its values is land" in account.notes


def test_a_standard_name_is_believed_before_words(tmp_path):
    said = {"standard_name": "land_binary_mask", "long_name": "land (0), sea (1)"}
    dataset = field(warm(10)).assign(lsm=(("lat", "lon"), LAND.astype("i1"), said))
    np.testing.assert_array_equal(np.isnan(read(tmp_path, dataset).tos.values[0, 0]), LAND)


def test_where_only_sea_is_named_other_numbers_than_0_are_no_land(tmp_path):
    """Such as ice, or a coast."""
    codes = np.where(LAND, 0, np.where(LON > -30, 2, 1)).astype("i1")
    said = {"long_name": "ice-free ocean = 1, sea ice = 2"}
    dataset = field(warm(10)).assign(mask=(("lat", "lon"), codes, said))
    np.testing.assert_array_equal(np.isnan(read(tmp_path, dataset).tos.values[0, 0]), LAND)


@pytest.mark.parametrize("name", ["tos_qc", "tos_flag"])
def test_truth_values_without_meanings_are_no_flags_of_argo(tmp_path, name):
    dataset = field(warm(10), "tos").assign({name: (("lat", "lon"), LAND)})
    assert field_account(read(tmp_path, dataset), "tos").used == LAND.size


def test_0_beside_land_that_the_file_declares_is_noted_and_used(tmp_path, monkeypatch):
    """Such as a number of the provider's own for ice."""
    values = np.where(LAND, np.nan, warm(10))
    values[np.abs(LAT) > 33] = np.where(LAND[np.abs(LAT) > 33], np.nan, 0)
    for size in (2**20, 100):
        monkeypatch.setattr("thermocline.sources.fields.values.SMALL", size)
        account = field_account(read(tmp_path, field(values)), "tos")
        assert account.used == np.isfinite(values).sum()
        assert any("exactly 0 degree_Celsius" in note for note in account.notes)


def test_the_bottom_of_a_field_without_time(tmp_path, monkeypatch):
    monkeypatch.setattr("thermocline.sources.fields.values.SMALL", 100)
    depth = np.array([5.0, 50, 500])
    values = np.stack([warm(10) - z / 100 for z in depth])
    values[2][LAND] = 0
    said = {"units": "degC", "standard_name": "sea_water_potential_temperature"}
    coords = field(values[0]).coords
    dataset = xr.Dataset(
        {"thetao": (("lev", "lat", "lon"), values.astype("f4"), said)},
        {"lat": coords["lat"], "lon": coords["lon"],
         "lev": ("lev", depth, {"units": "m", "axis": "Z"})},
    )  # fmt: skip
    found = read(tmp_path, dataset, "thetao").thetao.values[0]
    np.testing.assert_array_equal(np.isnan(found[2]), LAND)
