"""NSIDC's binaries: the header tells grid and date, and a file that contradicts it is refused."""

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadFile
from thermocline.ocean.projected import nsidc
from thermocline.sources import read_field, read_profiles, sniff
from thermocline.sources.coordinates.projection import projected_grid
from thermocline.sources.fields.reader import field_account

SHAPE = {"north": (448, 304), "south": (332, 316)}
NAME = {"north": "ARCTIC", "south": "ANTARCTIC"}


def content(hemisphere="north", *, name=None, first=60, last=90, year=2007, values=None) -> bytes:
    rows, columns = SHAPE[hemisphere]
    fields = [f"{n:05d}" if k == 0 else f"{n:5d}" for k, n in enumerate((255, columns, rows))]
    fields += ["1.799", "39.43", "45.00", "558.4", "154.0", "234.0", " SSMI", "13 cn"]
    fields += [f"{first:5d}", "-9999", "-9999", f"{last:5d}", "-9999", "-9999", f"{year:5d}"]
    fields += [f"{first:5d}", "  000", "00250"]
    header = b"".join(field.encode() + b"\0" for field in fields).ljust(150, b"\0")
    title = f"{name or NAME[hemisphere]:9s}  SSMI  TOTAL ICE CONCENTRATION  DMSP  F13"
    header = (header + title.encode().ljust(80)).ljust(300, b"\0")
    return header + (made(hemisphere) if values is None else values).tobytes()


def made(hemisphere) -> np.ndarray:
    """Bytes with the first row, in the north of the map, of its own."""
    values = np.zeros(SHAPE[hemisphere], np.uint8)
    values[0], values[1, :5], values[2, :3] = 250, 125, [251, 253, 254]
    return values


@pytest.mark.parametrize("hemisphere", SHAPE)
def test_grid_and_date_are_the_headers_whatever_the_name(tmp_path, hemisphere):
    path = tmp_path / ("nt_20200101_f18_nrt_s.bin" if hemisphere == "north" else "a_n.bin")
    path.write_bytes(content(hemisphere))
    assert sniff(path) == "nsidc"
    found = read_field(path, "siconc")
    grid, expected = projected_grid(found), nsidc(hemisphere)
    assert grid.digest() == expected.digest()
    assert (found.latitude.values > 0).all() == (hemisphere == "north")
    values = found.siconc.values[0, 0]
    assert (values[-1] == 1).all() and (values[-2, :5] == 0.5).all()
    assert np.isnan(values[-3, :3]).all() and (values[0] == 0).all()
    assert str(found.time.values[0])[:13] == "2007-03-16T12"
    account = field_account(found, "siconc")
    assert account.held == values.size
    assert account.dropped == {"pole hole (251)": 1, "coast (253)": 1, "land (254)": 1}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c[:11164], r"is cut short: 11,164 bytes, and its header says 136,492"),
        (lambda c: c[:200], "the header alone has 300"),
        (lambda c: c + b"\0", "is too long"),
        (lambda c: c.replace(b"  448", b"  332"), "332 rows and 304 columns, no 25 km grid"),
        (lambda c: c.replace(b"ARCTIC   ", b"ANTARCTIC"), "says ANTARCTIC, but its shape"),
        (lambda c: c.replace(b"00250", b"00100"), "divided by 00100"),
        (lambda c: c.replace(b"  090", b"  400").replace(b"   90", b"  400"), "days 60 to 400"),
    ],
)
def test_a_file_that_contradicts_its_header_is_refused_by_name(tmp_path, change, says):
    path = tmp_path / "nt_20070301_f13_v1.1_n.bin"
    path.write_bytes(change(content()))
    with pytest.raises(BadFile, match=says) as caught:
        read_field(path, "siconc")
    assert path.name in str(caught.value)


def test_it_has_no_profiles_and_no_thickness(tmp_path):
    path = tmp_path / "ice"
    path.write_bytes(content())
    with pytest.raises(BadFile, match="a gridded field"):
        read_profiles(path)
    with pytest.raises(BadFile, match="no variable sithick"):
        read_field(path, "sithick")


def test_the_same_bytes_as_netcdf_read_the_same(tmp_path):
    (tmp_path / "ice.bin").write_bytes(content())
    grid = nsidc("north")
    places = [values[::-1].astype(np.float32) for values in grid.centres()]
    comment = "0-250 = concentration*250 (divide by 250); 251 pole hole; 253 coastline; 254 land"
    dataset = xr.Dataset(
        {"conc_code": (("time", "y", "x"), made("north")[None], {"comment": comment})},
        {
            "time": ("time", [0], {"units": "days since 2007-03-16T12:00"}),
            "lat": (("y", "x"), places[0]),
            "lon": (("y", "x"), places[1]),
        },
    )
    dataset.to_netcdf(tmp_path / "ice.nc")
    one, other = (read_field(tmp_path / name, "siconc") for name in ("ice.bin", "ice.nc"))
    assert np.array_equal(one.siconc, other.siconc, equal_nan=True)
    assert projected_grid(one).digest() == projected_grid(other).digest()
    assert one.time.values == other.time.values
    del dataset.conc_code.attrs["comment"]
    dataset.to_netcdf(tmp_path / "bare.nc")
    with pytest.raises(BadFile, match="does not say which bytes"):
        read_field(tmp_path / "bare.nc", "siconc")
