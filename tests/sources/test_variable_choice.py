"""Which variable of a gridded file is the one that is asked for, and which is another thing."""

import numpy as np
import pytest
from stated_fields import TRUTH, read, sst
from wild_fields import WILD, check

from thermocline.errors import BadData, BadFile


def test_an_adjusted_field_goes_before_the_raw_one(tmp_path):
    said = {"standard_name": "sea_surface_subskin_temperature"}
    dataset = sst(TRUTH - 0.8, "sea_surface_temperature", **said)
    dataset["adjusted_sea_surface_temperature"] = sst(**said).sst
    check(tmp_path, dataset, WILD & False)
    del dataset.adjusted_sea_surface_temperature.attrs["standard_name"]
    check(tmp_path, dataset, WILD & False)


@pytest.mark.parametrize("units", ["K", "degC"])
@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"standard_name": "sea_surface_temperature_anomaly"}, "an anomaly"),
        ({"long_name": "NDJFM mean SST anomalies"}, "an anomaly"),
        ({"standard_name": "air_temperature"}, "air_temperature"),
        ({"standard_name": "sea_surface_temperature standard_error"}, "a standard error"),
        ({"cell_methods": "time: standard_deviation"}, "a standard deviation"),
        ({"long_name": "estimated error standard deviation of analysed sst"}, "an error"),
        ({"long_name": "SST trend"}, "a trend"),
        ({"long_name": "bias of the analysis"}, "a bias"),
        ({"long_name": "difference from climatology"}, "a difference"),
    ],
)
def test_what_is_no_temperature_is_refused_by_name(tmp_path, units, attributes, says):
    with pytest.raises(BadData, match=rf"f\.nc.*{says}"):
        read(tmp_path, sst(TRUTH - 20, "tos", units=units, **attributes))


@pytest.mark.parametrize(
    ("variable", "name", "units", "attributes", "says"),
    [
        ("siconc", "sic", "1", {"standard_name": "sea_ice_area_fraction standard_error"}, "error"),
        ("siconc", "sic", "1", {"long_name": "uncertainty of the concentration"}, "an error"),
        ("zos", "ssh", "m", {"long_name": "sea level anomaly"}, "an anomaly"),
        ("zos", "ssh", "m", {"standard_name": "sea_surface_height_above_sea_level"}, "anomaly"),
        ("zos", "ssh", "m", {"cell_methods": "time: variance"}, "a variance"),
        ("sos", "sos", "psu", {"standard_name": "sea_surface_salinity standard_error"}, "error"),
        ("sos", "sos", "g kg-1", {"standard_name": "sea_surface_absolute_salinity"}, "SP_from_SA"),
        ("sos", "sos", "g kg-1", {"long_name": "Absolute Salinity"}, "absolute salinity"),
    ],
)
def test_what_is_another_thing_is_refused_whatever_the_variable(
    tmp_path, variable, name, units, attributes, says
):
    values = np.linspace(0, 0.4, TRUTH.size).reshape(TRUTH.shape)
    with pytest.raises(BadData, match=rf"f\.nc.*{says}") as caught:
        read(tmp_path, sst(values, name, units=units, **attributes), variable)
    assert caught.value.fix


@pytest.mark.parametrize(
    "long_name",
    ["bias corrected SST", "bias-adjusted sea surface temperature", "SST, error-free", "unbiased"],
)
def test_what_was_corrected_is_the_thing_itself(tmp_path, long_name):
    check(tmp_path, sst(long_name=long_name), WILD & False)


def test_a_variable_is_found_by_its_standard_name_whatever_it_is_called(tmp_path):
    dataset = sst(name="x123", standard_name="sea_surface_foundation_temperature")
    check(tmp_path, dataset, WILD & False)
    dataset["air"] = dataset.x123.copy(data=dataset.x123 * 0)
    dataset.air.attrs["standard_name"] = "air_temperature"
    check(tmp_path, dataset, WILD & False)
    dataset["y"] = dataset.x123
    with pytest.raises(BadFile, match="several variables may be tos: x123, y"):
        read(tmp_path, dataset)
    dataset = dataset.rename(y="sst")  # a known name decides
    check(tmp_path, dataset.assign(x123=dataset.x123 * 0 + 3), WILD & False)


def test_a_missing_variable_says_what_was_looked_for_and_what_is_there(tmp_path):
    dataset = sst(name="x", standard_name="air_temperature").assign(y=3)
    with pytest.raises(BadFile) as problem:
        read(tmp_path, dataset)
    for word in (
        "has no variable tos",
        "sea_surface_temperature",
        "analysed_sst",
        "'air_temp",
        "y",
    ):
        assert word in str(problem.value)


def test_numbers_that_are_booleans_are_none(tmp_path):
    with pytest.raises(BadFile, match="no numbers"):
        read(tmp_path, sst(TRUTH > 20))
