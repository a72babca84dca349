"""Units in every spelling that providers use, and what kind of temperature a variable is."""

import subprocess
import sys

import gsw
import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.sources.common import units
from thermocline.sources.common.temperature import (
    CONSERVATIVE,
    IN_SITU,
    POTENTIAL,
    SKIN,
    SURFACE,
    temperature_kind,
    to_potential,
)


@pytest.mark.parametrize(
    "text",
    ["degC", "degc", "deg_C", "deg C", "DEG C", "Deg. C", "degree_Celsius", "degrees_celsius",
     "degree Celsius", "Degrees Celsius", "deg celsius", "celsius", "Celsius", "C", "c", "°C",
     "ºC", "degrees C", "oC", "degrees celcius", "centigrade", " degC ", "degree-Celsius",
     "Celsius degree", "deg. C.", "degrees-C", "1 degC", "degrees Celsius (°C)", "degC (ITS-90)",
     "ITS-90", "its-90, deg C", "deg C [IPTS-68]", "degrees_C ITS-90", "IPTS-68"],
)  # fmt: skip
def test_spellings_of_celsius(text):
    assert units.linear(text, "degC", where="f", what="temperature") == (1.0, 0.0)


@pytest.mark.parametrize("text", ["K", "k", "kelvin", "Kelvin", "degK", "deg_k", "degrees_kelvin"])
def test_spellings_of_kelvin(text):
    assert units.linear(text, "degC", where="f", what="temperature") == (1.0, -273.15)


def test_other_scales():
    assert units.celsius([32, 212], "degF", where="f") == pytest.approx([0, 100], abs=1e-6)
    assert units.celsius([281.5], "0.1 K", where="f") == pytest.approx([28.15 - 273.15])
    assert units.celsius([4.0], "", where="f") == 4.0
    for text, length in (("m", 1), ("METERS", 1), ("M", 1), ("cm", 0.01), ("centimetres", 0.01),
                         ("km", 1000), ("fathoms", 1.8288), ("", 1), ("meters below surface", 1),
                         ("m below sea level", 1), ("nmi", 1852), ("metres (m)", 1),
                         ("salt water, m", 1), ("fresh water, ft", 0.3048)):  # fmt: skip
        assert units.metres([2.0], text, where="f") == pytest.approx([2 * length], rel=1e-5)
    for text in ("psu", "PSU", "PSS-78", "1e-3", "g/kg", "0.001", "ppt", "PPT", "‰", "per mil",
                 "parts per thousand", "P.S.U.", "psu (PSS-78)"):  # fmt: skip
        assert units.convert(35.0, text, "1e-3", where="f", what="salinity") == pytest.approx(35)
    for text in ("db", "dbar", "dBar", "decibars", "decibar=10000 pascals"):
        assert units.convert(35.0, text, "dbar", where="f", what="pressure") == pytest.approx(35)
    for text, part in (("percent (%)", 0.01), ("pct", 0.01), ("dimensionless", 1), ("1/10", 0.1)):
        assert units.linear(text, "1", where="f", what="siconc") == pytest.approx((part, 0))


WORDS_MISREAD = {
    "degC": ("0.1 degC", "degree celsius m-1", "degR", "MK"),
    "1e-3": ("pptv", "ppb", "degrees", "rad", "mS/cm", "S/m"),
    "1": ("ppt", "ppm", "degrees"),
    "m": ("nm", "Mm", "pm", "light_year"),
    "dbar": ("MbAR", "Gbar", "uPa"),
    "degrees": ("turns", "mrad", "circle"),
}


@pytest.mark.parametrize(("to", "text"), [(to, t) for to, ts in WORDS_MISREAD.items() for t in ts])
def test_a_unit_in_which_nobody_gives_a_quantity_is_refused(to, text):
    """udunits finds a prefix, a product or an angle in words that mean another thing."""
    with pytest.raises(
        BadData, match=r"f\.nc.*(not given|another quantity|unknown unit)"
    ) as caught:
        units.linear(text, to, where="f.nc", what="it")
    assert f"'{text}'" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "axis", "expected"),
    [("degrees_north", "latitude", 40), ("degree_N", "latitude", 40), ("degN", "latitude", 40),
     ("degrees_south", "latitude", -40), ("degrees", "latitude", 40), ("", "longitude", 40),
     ("degrees_east", "longitude", 40), ("degrees E", "longitude", 40), ("deg", "longitude", 40),
     ("degrees_west", "longitude", -40), ("degreesW", "longitude", -40),
     ("degS", "latitude", -40), ("degreeS", "latitude", -40), ("degrees S", "latitude", -40),
     ("degreesouth", "latitude", -40), ("DEGREES", "latitude", 40), ("°N", "latitude", 40),
     ("° S", "latitude", -40), ("S", "latitude", -40), ("deg. N", "latitude", 40),
     ("°E", "longitude", 40), ("°W", "longitude", -40), ("W", "longitude", -40),
     ("decimal degrees", "latitude", 40), ("decimal degrees W", "longitude", -40),
     ("dec. deg.", "longitude", 40), ("degrees (north)", "latitude", 40), ("°", "latitude", 40),
     ("radians", "longitude", 2291.8312)],
)  # fmt: skip
def test_degrees_of_every_direction(text, axis, expected):
    assert units.degrees([40.0], text, axis=axis, where="f") == pytest.approx([expected])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: units.celsius([1], "furlong", where="f.nc"), r"f\.nc.*another quantity, 'fur"),
        (lambda: units.celsius([1], "days since 2000-01-01", where="f"), "another quantity"),
        (lambda: units.metres([1], "level", where="f"), "depth has an unknown unit, 'level'"),
        (lambda: units.metres([1], "dbar", where="f"), "another quantity, 'dbar'.*m or cm"),
        (lambda: units.degrees([1], "degrees_east", axis="latitude", where="f"), "unit of long"),
        (lambda: units.degrees([1], "degrees_north", axis="longitude", where="f"), "unit of lat"),
        (lambda: units.degrees([1], "m", axis="longitude", where="f"), "another quantity"),
        (lambda: units.degrees([1], "degs", axis="latitude", where="f"), "unknown unit, 'degs'"),
        (lambda: units.degrees([1], "°E", axis="latitude", where="f"), "unit of long"),
        (lambda: units.degrees([1], "degS", axis="longitude", where="f"), "unit of lat"),
    ],
)  # fmt: skip
def test_units_that_contradict_the_quantity_are_refused(call, says):
    with pytest.raises(BadData, match=says):
        call()


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({}, ""),
        ({"standard_name": "sea_water_potential_temperature"}, POTENTIAL),
        ({"standard_name": "sea_water_temperature", "long_name": "Temperature"}, IN_SITU),
        ({"standard_name": "sea_water_conservative_temperature"}, CONSERVATIVE),
        ({"long_name": "Conservative Temperature"}, CONSERVATIVE),
        ({"long_name": "Potential Temperature"}, POTENTIAL),
        ({"long_name": "sea_water_potential_temperature"}, POTENTIAL),
        ({"long_name": "In situ temperature"}, IN_SITU),
        ({"long_name": "temperature (in-situ)"}, IN_SITU),
        ({"long_name": "sea temperature by in situ platforms"}, ""),
        ({"long_name": "in situ temperature from potential temperature"}, ""),
        ({"standard_name": "sea_water_temperature", "long_name": "Potential temperature"},
         IN_SITU),
        ({"standard_name": "sea_surface_foundation_temperature"}, SURFACE),
        ({"standard_name": "sea_surface_skin_temperature"}, SKIN),
        ({"standard_name": "sea_surface_temperature_anomaly"}, "an anomaly"),
        ({"standard_name": "sea_surface_temperature", "long_name": "SST anomalies"}, "an anomaly"),
        ({"standard_name": "sea_water_temperature standard_error"}, "a standard error"),
        ({"standard_name": "sea_water_temperature", "cell_methods": "time: standard_deviation"},
         "a standard deviation"),
        ({"standard_name": "air_temperature"}, "air_temperature"),
        ({"standard_name": "sea_surface_temperature", "cell_methods": "time: mean"}, SURFACE),
    ],
)  # fmt: skip
def test_kinds_of_temperature(attributes, kind):
    assert temperature_kind(attributes) == kind


def test_two_kinds_at_once_are_no_kind_that_is_read():
    both = {
        "standard_name": "sea_water_potential_temperature",
        "long_name": "sea water conservative temperature",
    }
    kind = temperature_kind(both)
    assert "potential" in kind and "conservative" in kind
    with pytest.raises(BadData, match=r"conservative by its long name"):
        to_potential(kind, 10.0, 35.0, 0.0, 0.0, -30.0, where="f")


def test_conversion_to_potential_temperature():
    """The same water, said in three ways."""
    salinity, pressure, place = 36.2, 2000.0, {"lon": -30.0, "lat": 20.0}
    absolute = gsw.SA_from_SP(salinity, pressure, **place)
    potential = 4.0
    said = {
        POTENTIAL: potential,
        IN_SITU: gsw.t_from_CT(absolute, gsw.CT_from_pt(absolute, potential), pressure),
        CONSERVATIVE: gsw.CT_from_pt(absolute, potential),
    }
    for kind, value in said.items():
        read = to_potential(kind, [value], [salinity], pressure, 20.0, -30.0, where="f")
        assert read == pytest.approx([potential], abs=1e-7)


def test_conservative_temperature_needs_a_salinity_and_anomalies_are_refused():
    with pytest.raises(BadData, match="without a salinity"):
        to_potential(CONSERVATIVE, [4.0], [np.nan], 0.0, 20.0, -30.0, where="f")
    for kind in ("an anomaly", SKIN, "air_temperature"):
        with pytest.raises(BadData, match=kind):
            to_potential(kind, [4.0], [35.0], 0.0, 20.0, -30.0, where="f.nc")


def test_the_command_line_starts_without_the_library_of_units():
    code = "import sys, thermocline.cli; print({'cf_units', 'cf_xarray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
