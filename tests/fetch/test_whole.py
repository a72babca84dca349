"""What was cut off on the way is told from what is whole, also where no server says a length."""

import re
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from provider import Provider
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.errors import BadConfig, BadFile
from thermocline.fetch.request import Period, Region, Request
from thermocline.fetch.run import product, read_sums
from thermocline.fetch.server import ATTEMPTS
from thermocline.fetch.whole import is_whole

PATH = "/200803/oisst-avhrr-v02r01.20080301.nc"
FORMATS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF3_64BIT_DATA", "NETCDF4", "NETCDF4_CLASSIC")


def fetch(provider: Provider, *more: str) -> str:
    more = more or ("--time", "2008-03-01")
    done = CliRunner().invoke(app, ["fetch", "oisst", "--server", provider.address, *more])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return " ".join(done.output.split())


@pytest.mark.parametrize("tag", ['"a"', ""])
def test_the_planned_size_is_compared(provider: Provider, netcdf: bytes, tag: str) -> None:
    """An answer without a length that ends early is gone on with, as every other."""
    provider.files[PATH], provider.tags[PATH] = netcdf, tag
    provider.silent = {PATH}
    provider.failures[PATH] = [90, 90]
    assert "1 new" in fetch(provider)
    (path,) = Path("data/oisst").glob("*.nc")
    assert path.read_bytes() == netcdf
    assert provider.got(PATH) == (["", "bytes=90-", "bytes=180-"] if tag else ["", "", ""])


def test_no_checksum_of_what_is_never_whole(provider: Provider, netcdf: bytes) -> None:
    provider.files[PATH] = netcdf
    provider.silent = {PATH}
    provider.failures[PATH] = [90] * ATTEMPTS
    with pytest.raises(BadFile, match=rf"broke off after 90 of {len(netcdf):,} bytes"):
        fetch(provider)
    assert not list(Path("data/oisst").iterdir()) and not read_sums(Path("data/oisst"))


def test_where_nobody_says_a_size(provider: Provider, netcdf: bytes) -> None:
    """The file itself does."""
    provider.files[PATH] = netcdf
    provider.silent, provider.unplanned = {PATH}, True
    assert "unknown size" in fetch(provider, "--time", "2008-03-01", "--dry-run")
    provider.failures[PATH] = [90]
    with pytest.raises(BadFile, match="was cut off on the way, after 90 bytes"):
        fetch(provider)
    assert not list(Path("data/oisst").iterdir())
    assert "1 new" in fetch(provider)


def made(path: Path, kind: Any, records: int, variables: int) -> Path:
    """A file with variables of two bytes a value, with and without a dimension of records."""
    with netCDF4.Dataset(path, "w", format=kind) as file:
        file.title = "abcde"
        file.createDimension("x", 3)
        file.createDimension("time", None if records else 1)
        fixed = file.createVariable("fixed", "i2", ("x",))
        fixed.n = np.array([1, 2], np.int16)
        fixed[:] = 1
        for number in range(variables):
            recorded = file.createVariable(f"record{number}", "i2", ("time", "x"))
            recorded[:] = np.ones((records, 3))
    return path


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("records", "variables"), [(0, 0), (5, 1), (5, 2), (1, 3)])
def test_every_form_of_netcdf(tmp_path: Path, kind: str, records: int, variables: int) -> None:
    """Whole with bytes to spare, and not with one value less, nor with any beginning of it."""
    path = made(tmp_path / "a.nc", kind, records, variables)
    content = path.read_bytes()
    assert is_whole(path)
    path.write_bytes(content + b"\0")
    assert is_whole(path)
    for size in (*range(4, len(content) - 4, 7), len(content) - 4):
        path.write_bytes(content[:size])
        assert not is_whole(path), size


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("1900-01", "begins with 1981-09-01"),
        ("1981", "from 1981-09-01 on"),
        ("2999", "after today"),
    ],
)
def test_periods_of_which_there_is_nothing(provider: Provider, period: str, words: str) -> None:
    """They are refused before anybody is asked."""
    with pytest.raises(BadConfig, match=re.escape(words)):
        fetch(provider, "--time", period)
    assert not provider.asked


def test_scenarios_have_days_to_come() -> None:
    """And a year that is not over yet has floats."""
    period = Period.parse("2999")
    for name, facets in (("cmip6", {"model": "CanESM5", "experiment": "ssp585"}), ("argo", {})):
        request = Request(period=period, region=Region.parse("0,0,10,10"), facets=facets)
        assert product(name).checked(request).period == period
