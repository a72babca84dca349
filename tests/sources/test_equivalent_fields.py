"""The same field in every guise reads the same; guises that contradict themselves are refused."""

import time

import numpy as np
import pytest
from field_encodings import DEPTH, LAT, LON, STANDARD, UNITS, YEAR, Encoding
from pairs_of_choices import every_pair

from thermocline.errors import ThermoclineError
from thermocline.sources import read_field
from thermocline.sources.fields.reader import field_account

GUISES = 840
"""Of which as many are read as hold every pair of choices."""


def guise(seed: int) -> dict[str, object]:
    return {name: choice for name, choice in Encoding(seed).said.items() if name != "seed"}


def check(seed: int, path) -> None:
    encoding = Encoding(seed)
    encoding.write(path)
    told = str(encoding.said)
    with read_field(path, encoding.variable) as lazy:
        found = lazy.load()
    field = found[encoding.variable]
    assert found.attrs["grid"] == "rectilinear", told
    assert field.dims == ("time", "depth", "latitude", "longitude"), told
    np.testing.assert_allclose(field.latitude, LAT, atol=1e-4, err_msg=told)
    np.testing.assert_allclose(field.longitude, LON, atol=1e-4, err_msg=told)
    depth = DEPTH if encoding.variable == "thetao" else [0]
    np.testing.assert_allclose(field.depth, depth, rtol=1e-5, err_msg=told)
    months = [
        (int(y), int(m)) for y, m in zip(found.time.dt.year, found.time.dt.month, strict=True)
    ]
    assert months == [(YEAR, 1), (YEAR, 2), (YEAR, 3)], told
    np.testing.assert_array_equal(np.isnan(field), np.isnan(encoding.expected), err_msg=told)
    atol = encoding.tolerance
    np.testing.assert_allclose(field, encoding.expected, atol=atol, rtol=0, err_msg=told)
    account = field_account(found, encoding.variable)
    assert account.used == np.isfinite(encoding.expected).sum(), told
    undeclared = encoding.missing if encoding.said["missing"] == "undeclared" else False
    dropped = (encoding.wild | undeclared)[..., : LON.size].sum()
    assert sum(account.dropped.values()) == dropped == account.held - account.used, (told, account)


@pytest.mark.slow
def test_every_equivalent_encoding_reads_the_same(tmp_path, capsys):
    start = time.process_time()
    seeds = every_pair([guise(seed) for seed in range(GUISES)])
    for seed in seeds:
        try:
            check(seed, tmp_path / f"{seed}.nc")
        except AssertionError:
            raise
        except Exception as problem:
            raise AssertionError(f"{problem!r}: {Encoding(seed).said}") from problem
    with capsys.disabled():
        seconds = time.process_time() - start
        print(f"\n{len(seeds)} fields with every pair of choices in {seconds:.1f} s of CPU")
    assert len(seeds) >= 150


def _attribute(name, value):
    def change(encoding):
        encoding.variables[encoding.name].attributes[name] = value

    return change


def _axis(kind, change):
    """Change the values of a 1-D coordinate, or its attributes."""

    def changed(encoding):
        for stored in encoding.variables.values():
            if stored.attributes.get("units", "").lower().startswith(kind):
                change(stored)

    return changed


def _values(change):
    def changed(stored):
        stored.values = change(stored.values.astype(float))

    return changed


def _said(**attributes):
    return lambda stored: stored.attributes.update(attributes)


def _last(number):
    def change(values):
        values.flat[-1] = number
        return values

    return change


def _depths(change):
    return lambda encoding: change(encoding.variables[encoding.said["name of depth"]])


def _shifted_bounds(encoding):
    name = encoding.said["name of time"]
    bounds = encoding.variables[f"{name}_bnds"]
    bounds.values = bounds.values + 12 * (bounds.values[1, 0] - bounds.values[0, 0])


def _twice(encoding):
    name = encoding.name
    encoding.variables["other"] = encoding.variables["copy"] = encoding.variables.pop(name)
    encoding.variables["other"].attributes["standard_name"] = STANDARD[encoding.variable][0]


def _short_flags(encoding):
    said = {"flag_values": np.array([0, 1], "i2"), "flag_meanings": "good probably_good bad"}
    encoding.place(f"{encoding.name}_flag", np.zeros(encoding.wild.shape, "i2"), said)


def _conservative(encoding):
    said = encoding.variables[encoding.name].attributes
    said["standard_name"] = STANDARD[encoding.variable][0]
    said["standard_name"] = "sea_water_conservative_temperature"


CONTRADICTIONS = {  # name: what is done to the file, what the refusal says
    "a unit of length": (_attribute("units", "m"), "another quantity, 'm'"),
    "no unit at all": (_attribute("units", "apples"), "unknown unit"),
    "kelvin said to be Celsius": (None, "kelvin"),
    "Celsius said to be kelvin": (None, "labelled kelvin"),
    "an anomaly": (_attribute("standard_name", "sea_surface_temperature_anomaly"), "an anomaly"),
    "anomalies": (_attribute("long_name", "monthly anomalies"), "an anomaly"),
    "of the air": (_attribute("standard_name", "air_temperature"), "air_temperature"),
    "its error": (_attribute("standard_name", "sea_water_temperature standard_error"), "error"),
    "its variance": (_attribute("cell_methods", "time: variance"), "a variance"),
    "conservative": (_conservative, "conservative, without a salinity"),
    "a range upside down": (_attribute("valid_range", np.array([9, 1], "f4")), "valid range"),
    "a range elsewhere": (_attribute("valid_range", np.array([1e8, 2e8], "f4")), "valid range"),
    "two of them": (_twice, "several variables may be"),
    "flags of two codes and three meanings": (_short_flags, "flag_meanings"),
    "a latitude twice": (_axis("degrees_n", _values(_last(LAT[2]))), "times|contradicts"),
    "a latitude missing": (_axis("degrees_n", _values(_last(np.nan))), "missing"),
    "a latitude off the globe": (_axis("degrees_n", _values(_last(95.0))), "globe|contradicts"),
    "a longitude that is none": (_axis("degrees_e", _values(_last(1e30))), "missing|contradicts"),
    "latitudes in degrees east": (_axis("degrees_n", _said(units="degrees_east",
                                  standard_name="latitude")), "unit of longitude"),
    "longitudes in metres": (_axis("degrees_e", _said(units="m", standard_name="longitude")),
                             "another quantity"),
    "depths in decibars": (_depths(_said(units="dbar", axis="Z")), "another quantity|numbers the"),
    "depths of 5000 km": (_depths(_values(lambda v: v * 1e4)), "impossible in the sea|contradicts"),
    "depths of both signs": (_depths(_values(lambda v: v * np.array([1, -1, 1]))),
                             "impossible in the sea|contradicts|above the surface"),
    "a depth twice": (_depths(_values(lambda v: v[[0, 1, 1]])), "times|contradicts"),
    "bounds of another year": (_shifted_bounds, "contradicts its bounds"),
    "a calendar of nowhere": (None, "calendar"),
}  # fmt: skip


def contradicted(encoding, what) -> bool:
    """Whether an encoding could be made to contradict itself in this way."""
    said, (change, _) = encoding.said, CONTRADICTIONS[what]
    if change is not None:
        units = [str(v.attributes.get("units")) for v in encoding.variables.values()]
        axes = {"degrees_north", "degrees_east"} <= set(units) and not said["two-dimensional"]
        if ("latitude" in what or "longitude" in what) and not axes:
            return False
        if "depth" in what and encoding.variable == "tos":
            return False
        if what.startswith("bounds") and "bounds" in said["stamped"]:
            return False
        if what == "two of them" and encoding.rejected:
            return False
        change(encoding)
    elif what == "a calendar of nowhere":
        encoding.variables[said["name of time"]].attributes["calendar"] = "martian"
    else:
        attributes = encoding.variables[encoding.name].attributes
        kelvin = UNITS[attributes["units"]][1] > 200
        if kelvin != (what == "kelvin said to be Celsius") or attributes["units"] == "degF":
            return False
        attributes["units"] = "degC" if kelvin else "K"
    return True


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_every_contradiction_is_refused_by_name(tmp_path, what):
    done, seed = 0, 10_000
    while done < 8:
        encoding, seed = Encoding(seed), seed + 1
        if not contradicted(encoding, what):
            continue
        encoding.storage = "NETCDF4"
        encoding.write(tmp_path / "f.nc")
        with pytest.raises(ThermoclineError, match=CONTRADICTIONS[what][1]) as problem:
            read_field(tmp_path / "f.nc", encoding.variable).load()
        assert "f.nc" in str(problem.value), encoding.said
        assert "its parts contradict each other" not in str(problem.value), encoding.said
        done += 1
