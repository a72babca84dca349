"""Sea ice: the same field said in another way reads the same, and what is wrong is refused."""

import numpy as np
import pytest
import xarray as xr
from ice_fields import GRID, ICE, mooring, read
from pyproj import CRS

from thermocline.errors import BadData
from thermocline.sources.coordinates.projection import projected_grid
from thermocline.sources.fields.reader import field_account
from thermocline.sources.fields.thickness import CELL, UNSAID, per_cell, thickness_kind
from thermocline.sources.fields.thickness import ICE as PER_ICE


def in_kilometres(dataset):
    for axis in ("x", "y"):
        said = dataset[axis].attrs | {"units": "km"}
        dataset = dataset.assign_coords({axis: (axis, dataset[axis].values / 1000, said)})
    return dataset.rename(x="xc", y="yc")


def in_per_cent(dataset):
    return dataset.assign(sic=(dataset.sic * 100).assign_attrs(dataset.sic.attrs, units="%"))


WAYS = {
    "as it is": lambda d: d,
    "per cent": in_per_cent,
    "kilometres": in_kilometres,
    "rows from the north": lambda d: d.isel(y=slice(None, None, -1)),
    "columns from the east": lambda d: d.isel(x=slice(None, None, -1)),
    "x before y": lambda d: d.transpose("time", "x", "y", missing_dims="ignore"),
    "0 to 360": lambda d: d.assign_coords(
        longitude=(("y", "x"), d.longitude.values % 360, d.longitude.attrs)
    ),
    "without places": lambda d: d.drop_vars(["latitude", "longitude"]),
    "by standard name": lambda d: d.rename(sic="ice").assign(
        ice=lambda e: e.ice.assign_attrs(standard_name="sea_ice_area_fraction")
    ),
    "another name of the mapping": lambda d: d.rename(Polar_Stereographic_Grid="crs").assign(
        sic=d.sic.assign_attrs(grid_mapping="crs")
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_field_said_another_way_reads_the_same(tmp_path, way):
    found = read(tmp_path, WAYS[way](mooring()))
    assert found.siconc.dims == ("time", "depth", "y", "x") and found.attrs["member"] == "r2"
    assert found.siconc.values[0, 0] == pytest.approx(ICE, abs=2e-7)
    # Open water and closed ice are exact in every way.
    assert ((found.siconc.values[0, 0] == 0) == (ICE == 0)).all()
    assert ((found.siconc.values[0, 0] == 1) == (ICE == 1)).all()
    grid = projected_grid(found)
    assert grid.crs == "EPSG:3413" and np.array_equal(grid.x, GRID.x)
    assert np.array_equal(grid.y, GRID.y)
    for name, centres in zip(("latitude", "longitude"), GRID.centres(), strict=True):
        assert found[name].values == pytest.approx(centres, abs=1e-9)
    assert found.time.dt.calendar == "noleap"


def test_packed_numbers_read_as_floats_do(tmp_path):
    packed = {"sic": {"dtype": "int16", "scale_factor": 0.005, "_FillValue": -1}}
    values = ICE.copy()
    values[2, 3] = np.nan
    one = read(tmp_path, mooring(values))
    other = read(tmp_path, mooring(values), encoding=packed)
    assert other.siconc.values == pytest.approx(one.siconc.values, abs=1e-7, nan_ok=True)
    assert np.isnan(one.siconc.values[0, 0, 2, 3])


@pytest.mark.parametrize(
    ("variable", "names"),
    [
        ("sithick", ("sit", "sivol")),
        ("damage", ("damage",)),
        ("siu", ("siu",)),
        ("siv", ("siv",)),
        ("simass", ("simass",)),
    ],
)
def test_other_variables_of_a_mooring(tmp_path, variable, names):
    units = {"sithick": "m", "siu": "m s-1", "siv": "m s-1", "simass": "kg m-2"}
    for name in names:
        found = read(tmp_path, mooring(name=name, units=units.get(variable, "1")), variable)
        assert np.array_equal(found[variable].values[0, 0], ICE)
        assert found.depth.values == [0] and found[variable].attrs["units"] == units.get(
            variable, "1"
        )


def test_units_of_drift_are_converted(tmp_path):
    found = read(tmp_path, mooring(ICE * 100, "siu", "cm s-1"), "siu")
    assert found.siu.values[0, 0] == pytest.approx(ICE, abs=1e-6)


def test_hemispheres_are_told_apart(tmp_path):
    places = {}
    for code in ("EPSG:3413", "EPSG:3976"):
        dataset = mooring().drop_vars(["latitude", "longitude"])
        dataset["Polar_Stereographic_Grid"].attrs = CRS(code).to_cf()
        found = read(tmp_path, dataset)
        assert projected_grid(found).crs == code
        places[code] = found.latitude.values
    assert places["EPSG:3413"].min() > 80 and places["EPSG:3976"].max() < -80


def test_a_map_that_places_contradict_or_nothing_describes_is_refused(tmp_path):
    turned = mooring()
    turned["latitude"] = (("y", "x"), turned.latitude.values[::-1])
    turned["longitude"] = (("y", "x"), turned.longitude.values[::-1])
    with pytest.raises(BadData, match="latitude and longitude are not where y, x"):
        read(tmp_path, turned)
    bare = mooring().drop_vars(["latitude", "longitude", "Polar_Stereographic_Grid"])
    with pytest.raises(BadData, match="a map that the file does not describe"):
        read(tmp_path, bare)
    wrong = mooring()
    wrong["Polar_Stereographic_Grid"].attrs = {"grid_mapping_name": "flat_earth"}
    with pytest.raises(BadData, match="Polar_Stereographic_Grid is not understood"):
        read(tmp_path, wrong)


def test_coordinates_of_corners_are_moved_to_centres(tmp_path):
    dataset = mooring().drop_vars(["latitude", "longitude"])
    for axis, by in (("x", -5e4), ("y", 5e4)):
        said = dataset[axis].attrs | {"comment": "values are the upper left of the grid cells"}
        dataset = dataset.assign_coords({axis: (axis, dataset[axis].values + by, said)})
    assert np.array_equal(projected_grid(read(tmp_path, dataset)).x, GRID.x)
    assert np.array_equal(projected_grid(read(tmp_path, dataset)).y, GRID.y)


@pytest.mark.parametrize(("factor", "units"), [(100, "1"), (100, ""), (1, "%")])
def test_fractions_and_per_cent_that_are_mislabelled_are_refused(tmp_path, factor, units):
    with pytest.raises(BadData, match=r"sic is .* → set its units to"):
        read(tmp_path, mooring(ICE * factor, units=units))


def test_osisaf_flags_keep_ice_and_drop_land(tmp_path):
    dataset = in_kilometres(in_per_cent(mooring())).isel(yc=slice(None, None, -1))
    dataset = dataset.rename(sic="ice_conc")
    flags = np.zeros(dataset.ice_conc.shape, np.uint8)
    flags[:, 0, 0], flags[:, 1, 1], flags[:, 2, 2], flags[:, 3, 3] = 1, 2, 8, 128
    dataset["status_flag"] = (
        dataset.ice_conc.dims, flags,
        {
            "flag_masks": np.array([1, 2, 4, 8, 16, 32, 64, 128], np.uint8),
            "flag_meanings": "land lake open_water_filtered land_spill_over high_t2m "
            "spatial_interp temporal_interp max_ice_climo",
        },
    )  # fmt: skip
    found = read(tmp_path, dataset)
    expected = ICE.copy()
    expected[-1, 0], expected[-2, 1] = np.nan, np.nan  # the rows were turned
    assert found.siconc.values[0, 0] == pytest.approx(expected, abs=2e-7, nan_ok=True)
    account = field_account(found, "siconc")
    assert account.dropped == {"flagged by status flag (land, lake)": 4}


def test_codes_among_the_values_are_counted_by_their_meaning(tmp_path):
    values = ICE.copy()
    values[:3, 0] = np.array([251, 253, 254]) / 250
    values[3, 0] = 1.02  # 255
    dataset = mooring(
        values,
        valid_range=np.array([0, 250], np.uint8),
        flag_values=np.array([251, 252, 253, 254, 255], np.uint8),
        flag_meanings="pole_hole unused coast land missing",
    )
    packed = {"sic": {"dtype": "uint8", "scale_factor": 0.004, "_FillValue": 0}}
    dataset["sic"] = dataset.sic.where(dataset.sic > 0)  # bytes of zero are missing here
    found = read(tmp_path, dataset, encoding=packed)
    dropped = {"pole hole (251)": 2, "coast (253)": 2, "land (254)": 2, "missing (255)": 2}
    assert field_account(found, "siconc").dropped == dropped
    assert np.isnan(found.siconc.values[0, 0, :4, 0]).all()
    assert np.isfinite(found.siconc.values).sum() == (values > 0).sum() * 2 - 8


def test_thickness_per_ice_area_becomes_that_of_the_cell(tmp_path):
    said = {"cell_methods": "area: time: mean where sea_ice (mask=siconc)"}
    thick = np.where(ICE == 0, np.nan, 2.0).astype(np.float32)
    alone = mooring(thick, "sithick", "m", **said)
    found = read(tmp_path, alone, "sithick")
    assert (
        found.attrs["thickness"] == PER_ICE
        and "multiply it by the concentration" in found.attrs["notes"]
    )
    assert "of the ice" in found.sithick.attrs["long_name"]
    by_hand = per_cell(found.sithick, read(tmp_path, mooring()).siconc)
    both = alone.assign(siconc=in_per_cent(mooring()).sic)
    found = read(tmp_path, both, "sithick")
    assert found.attrs["thickness"] == CELL
    assert found.sithick.values[0, 0] == pytest.approx(2 * ICE, abs=1e-6)
    assert found.sithick.values == pytest.approx(by_hand.values, abs=2e-7)
    account = field_account(found, "sithick")
    assert account.used == account.held == 2 * ICE.size


def test_what_says_which_thickness_it_is():
    where = {"cell_methods": "area: mean where sea time: mean"}
    assert thickness_kind("sivol", where) == CELL
    assert thickness_kind("sithick", where, "CMIP6") == CELL
    assert thickness_kind("sit", {}) == CELL
    assert thickness_kind("sithick", {}, "CMIP6") == PER_ICE
    assert thickness_kind("sithick", {}) == UNSAID
    comment = "Actual (floe) thickness of sea ice (NOT volume divided by grid area as in CMIP5)"
    assert thickness_kind("sit", {"comment": comment}) == PER_ICE


def test_eastward_drift_is_read_on_latitudes_and_longitudes_alone(tmp_path):
    said = {"standard_name": "eastward_sea_ice_velocity"}
    with pytest.raises(BadData, match="usi is eastward_sea_ice_velocity, which is not along"):
        read(tmp_path, mooring(name="usi", units="m/s", **said), "siu")
    plain = xr.Dataset(
        {"usi": (("time", "latitude", "longitude"), ICE[None], said | {"units": "m/s"})},
        {
            "time": ("time", [0.5], {"units": "hours since 1950-01-01", "calendar": "360_day"}),
            "latitude": ("latitude", 70.0 + np.arange(9), {"units": "degrees_north"}),
            "longitude": ("longitude", 177.0 + np.arange(7), {"units": "degrees_east"}),
        },
    )
    found = read(tmp_path, plain, "siu")
    assert found.siu.dims[-2:] == ("latitude", "longitude")
    assert np.array_equal(np.sort(found.siu.values.ravel()), np.sort(ICE.ravel()))
    assert found.time.dt.calendar == "360_day"
    with pytest.raises(BadData, match="not on a map"):
        projected_grid(found)


def test_thickness_per_cell_is_read_before_that_of_the_ice(tmp_path):
    said = {"standard_name": "sea_ice_thickness"}
    both = mooring(ICE * 3, "sithick", "m", cell_methods="area: mean where sea_ice", **said)
    found = read(
        tmp_path, both.assign(sivol=mooring(name="sivol", units="m", **said).sivol), "sithick"
    )
    assert found.attrs["thickness"] == CELL and np.array_equal(found.sithick.values[0, 0], ICE)


@pytest.mark.parametrize(
    ("meaning", "rejected"),
    [
        ("sea_ice", False), ("closed_ice", False), ("ice", False), ("land_spill_over", False),
        ("max_ice_climo", False), ("lake_ice", True), ("land", True), ("coast", True),
        ("pole_hole", True), ("bad_ice_data", True), ("missing", True),
    ],
)  # fmt: skip
def test_ice_is_no_reason_to_reject_ice(tmp_path, meaning, rejected):
    dataset = mooring()
    flags = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": f"water {meaning}"}
    dataset["mask"] = (("y", "x"), np.eye(9, 7, dtype=np.int8), flags)
    found = read(tmp_path, dataset)
    assert np.isnan(found.siconc.values[0, 0]).sum() == (7 if rejected else 0)


@pytest.mark.parametrize("most", [0.4, 0.95, 1.0])
def test_fractions_that_are_said_to_be_per_cent_are_refused_wherever_the_ice_is(tmp_path, most):
    """Marginal ice, too; and not in the first part that is looked at."""
    values = ICE * most
    dataset = mooring(values, units="%")
    dataset["sic"][0] = 0.0
    with pytest.raises(BadData, match=r"sic is per cent by its units, but no value is above 1"):
        read(tmp_path, dataset)


def test_per_cent_of_little_ice_are_read(tmp_path):
    values = np.where(ICE.max() == ICE, 2.0, np.minimum(ICE, 0.5))
    found = read(tmp_path, mooring(values, units="%"))
    assert float(found.siconc.max()) == pytest.approx(0.02)
    read(tmp_path, mooring(ICE * 0, units="%"))


@pytest.mark.parametrize(
    "said", [{}, {"proj4_string": "+proj=stere +lat_0=90"}, {"long_name": "projection"}]
)
def test_a_mapping_that_says_nothing_leaves_the_places(tmp_path, said):
    dataset = mooring()
    dataset["Polar_Stereographic_Grid"].attrs = said
    found = read(tmp_path, dataset)
    assert found.siconc.values[0, 0] == pytest.approx(ICE, abs=2e-7)
    assert found.latitude.values == pytest.approx(GRID.centres()[0])
    with pytest.raises(BadData, match="Polar_Stereographic_Grid is not understood"):
        read(tmp_path, dataset.drop_vars(["latitude", "longitude"]))


def test_what_nsidc_did_to_a_value_is_no_reason_to_reject_it(tmp_path):
    """G02202: where there never is ice, water stays water."""
    meanings = (
        "BT_weather_filter_applied NT_weather_filter_applied land_spillover_filter_applied "
        "no_input_data invalid_ice_mask_applied spatial_interpolation_applied "
        "temporal_interpolation_applied start_of_melt_detected"
    )
    flags = (2 ** (np.arange(ICE.size) % 8)).reshape(1, *ICE.shape).astype("u1")
    dataset = mooring(ancillary_variables="sic_qa_flag").isel(time=[0])
    said = {"flag_masks": 2 ** np.arange(8, dtype="u1"), "flag_meanings": meanings}
    found = read(tmp_path, dataset.assign(sic_qa_flag=(("time", "y", "x"), flags, said)))
    account = field_account(found, "siconc")
    assert account.used == ICE.size and not account.dropped
    assert [note for note in account.notes if "no_input_data are used" in note]


def test_words_of_ice_are_no_reason_to_reject_it(tmp_path):
    words = np.where(np.eye(9, 7, dtype=bool), "ice", "water")
    words[0, :3] = "land"
    found = read(tmp_path, mooring().assign(mask=(("y", "x"), words)))
    assert np.isnan(found.siconc.values[0, 0]).sum() == 3
