"""The same casts in every equivalent encoding read the same; contradictory ones are refused."""

import itertools
import random
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoded_profiles import (
    CHOICES,
    DEPTH,
    FORMATS,
    LATITUDE,
    LONGITUDE,
    POTENTIAL,
    SALINITY,
    TIME,
    Encoding,
    possible,
    tolerance,
    write,
)
from pairs_of_choices import every_pair

from thermocline.errors import ThermoclineError
from thermocline.sources import read_profiles
from thermocline.sources.account import Account

EACH = 1000
"""Encodings of each format, of which as many are read as hold every pair of choices."""


def check(path: Path, allowed: float, label: object) -> None:
    read = read_profiles(path)
    assert read.sizes["n_prof"] == 2, label
    order = np.argsort(np.where(np.isnan(read.depth), np.inf, read.depth), axis=1)
    sort = lambda name: np.take_along_axis(read[name].values, order, axis=1)[:, :4]
    np.testing.assert_allclose(sort("thetao"), POTENTIAL, rtol=0, atol=allowed, err_msg=str(label))
    np.testing.assert_allclose(sort("depth"), DEPTH, rtol=0, atol=1e-4, err_msg=str(label))
    np.testing.assert_allclose(sort("so"), SALINITY, rtol=0, atol=1e-9, err_msg=str(label))
    assert np.isfinite(read.thetao.values).sum() == 8, label
    np.testing.assert_allclose(read.latitude, LATITUDE, atol=1e-9)
    np.testing.assert_allclose(read.longitude, LONGITUDE, atol=1e-9)
    assert (np.abs(read.time.values - TIME) < np.timedelta64(2, "ms")).all(), label
    account = Account.from_json(read.attrs["account"])
    assert account.used == 8 and account.used + sum(account.dropped.values()) == account.held


def encodings(form: str) -> list[Encoding]:
    """Every pair of choices, the same each time."""
    alone = [Encoding(**{name: one}) for name, several in CHOICES.items() for one in several]
    draw = random.Random(form)
    pick = lambda: Encoding(**{name: draw.choice(several) for name, several in CHOICES.items()})
    ways = [possible(form, how) for how in [*alone, *(pick() for _ in range(EACH))]]
    return [ways[k] for k in every_pair([asdict(way) for way in ways])]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*cannot be safely cast")
def test_equivalent_files_read_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun, count = time.process_time(), 0
    for form in FORMATS:
        for how in encodings(form):
            path = write(tmp_path / f"{form}.nc", form, how)
            check(path, tolerance(how), (form, how))
            count += 1
    with capsys.disabled():
        seconds = time.process_time() - begun
        print(f"\n{count} profile files with every pair of choices in {seconds:.1f} s of CPU")
    assert count >= 400


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_equivalent_tables_read_the_same(tmp_path: Path, separator: str) -> None:
    names = {
        "latitude": ("latitude", "lat", "LAT", '"Latitude [degrees_north]"'),
        "temperature": ("temperature", "TEMP (degC)", "thetao [K]", "temp (deg F)"),
        "depth": ("depth", "Depth (m)", "depth [cm]"),
    }
    dates = ("2008-03-12T06:00:00Z", "2008-03-12 06:00", "2008-03-12T08:00:00+02:00")
    flags = ("", "temperature_qc", "CTDTMP_FLAG_W", "temp_WODflag", "qc")
    east = (("longitude", 0), ("lon", 360), ("long [degrees_west]", 0))
    choices = itertools.product(names["latitude"], names["temperature"], names["depth"])
    for count, (lat, temp, depth) in enumerate(choices):
        flag = flags[count % len(flags)]
        date, (lon, turn) = dates[count % 3], east[count % 2 if count % 5 else 2]
        header = [lat, lon, depth, temp, "salinity", "date", *([flag] if flag else [])]
        lines = ["# made by a test", separator.join(header)]
        for i, k in np.ndindex(2, 4):
            t = POTENTIAL[i, k]
            t = t + 273.15 if "K" in temp else t * 1.8 + 32 if "F" in temp else t
            z = DEPTH[i, k] * (100 if "cm" in depth else 1)
            x = (LONGITUDE[i] * (-1 if "west" in lon else 1) + turn) % 360 if turn else (
                LONGITUDE[i] * (-1 if "west" in lon else 1))  # fmt: skip
            when = date if i == 0 else str(TIME[1])[:19]
            code = {"CTDTMP_FLAG_W": "2", "temp_WODflag": "0"}.get(flag, "1")
            row = [f"{LATITUDE[i]}", f"{x}", f"{z:.9f}", f"{t:.9f}", f"{SALINITY[i, k]}", when]
            lines.append(separator.join([*row, *([code] if flag else [])]))
            if flag:
                row[3] = f"{t + 5:.9f}"
                lines.append(separator.join([*row, "4"]))
        path = tmp_path / "x.csv"
        path.write_text(
            "\n".join(lines if count % 2 else [*lines[:2], *reversed(lines[2:])]) + "\n"
        )
        read = read_profiles(path)
        if not count % 2:
            read = read.isel(n_prof=[1, 0])
        order = np.argsort(read.depth.values, axis=1)[:, :4]
        for name, truth in (("thetao", POTENTIAL), ("depth", DEPTH), ("so", SALINITY)):
            found = np.take_along_axis(read[name].values, order, axis=1)
            np.testing.assert_allclose(found, truth, atol=1e-6, err_msg=str(header))
        np.testing.assert_allclose(read.longitude, LONGITUDE, atol=1e-9)
        assert (read.time.values == TIME).all()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "°C labelled kelvin": ({"units": "K"}, "labelled kelvin"),
    "kelvin labelled °C": ({"shift": 273.15}, "kelvin"),
    "temperature in metres": ({"units": "m"}, "another quantity"),
    "temperature of no unit": ({"units": "warmth"}, "unknown unit"),
    "latitude in degrees east": ({"latitude_units": "degrees_east"}, "longitude"),
    "longitude in degrees north": ({"longitude_units": "degrees_north"}, "latitude"),
    "a conductivity": ({"salinity_units": "mS/cm"}, "another quantity, 'mS/cm'"),
    "salinity in degrees": ({"salinity_units": "degree_Celsius"}, "another quantity, 'degree_Cel"),
    "salinity of no unit": ({"salinity_units": "saltiness"}, "unknown unit, 'saltiness'"),
    "PSU labelled kg/kg": ({"salinity_units": "kg/kg"}, "in 'kg/kg', and has the values of prac"),
    "PSU labelled per cent": ({"salinity_units": "%"}, "in '%', and has the values of prac"),
    "fractions labelled PSU": ({"salt": 1e-3}, "no salinity of the sea"),
    "off the globe": ({"latitude_shift": 80}, "not on the globe"),
    "an anomaly": ({"standard_name": "sea_water_temperature_anomaly"}, "anomal"),
    "a standard error": ({"standard_name": "sea_water_temperature standard_error"}, "standard"),
    "time in metres": ({"time_units": "m since 2000-01-01"}, "no fixed length of time"),
    "time since nothing": ({"time_units": "days"}, "do not say since when"),
    "time of a day and month alone": ({"time_units": "days since 01-02-1950"}, "no date"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_contradictory_files_are_refused_by_name(tmp_path: Path, wrong: str) -> None:
    settings, says = WRONG[wrong]
    count = 0
    for form in FORMATS:
        if "standard_name" in settings and form in ("seadatanet", "named"):
            continue  # there, the standard name is what makes it a temperature
        for storage, reverse in itertools.product(CHOICES["storage"], CHOICES["reverse"]):
            how = possible(form, Encoding(storage=storage, reverse=reverse))
            path = write(tmp_path / f"{form}.nc", form, how, **settings)
            with pytest.raises(ThermoclineError, match=says) as caught:
                read_profiles(path)
            assert path.name in str(caught.value) and caught.value.fix
            count += 1
    assert count >= 16


def test_contradictions_between_parameters(tmp_path: Path) -> None:
    path = tmp_path / "f.nc"
    for form in ("instac", "named", "seadatanet"):
        write(path, form, Encoding(vertical="both"), deeper=800)
        with pytest.raises(ThermoclineError, match="pressure and depth contradict"):
            read_profiles(path)
        write(path, form, Encoding(vertical="depth"), positive="up")
        with pytest.raises(ThermoclineError, match="positive up by its attribute"):
            read_profiles(path)
        write(path, form, Encoding(kind="conservative"), fresh=True)
        with pytest.raises(ThermoclineError, match="conservative, without a salinity"):
            read_profiles(path)
