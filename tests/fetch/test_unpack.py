"""An archive is taken apart whole or not at all, and stays only as long as it is of use."""

import io
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest

from thermocline.errors import BadData, BadFile
from thermocline.fetch import plain, unpack
from thermocline.fetch.request import Period, Request
from thermocline.fetch.run import fetch, product

FULL = Path("/dev/full")
ADDRESS = "/EN.4.2.2.profiles.g10.2008.zip"


def month(number):
    return f"EN.4.2.2.f.profiles.g10.2008{number:02d}.nc"


def zipped(content, *months):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in months:
            opened.writestr(month(number), content)
    return stream.getvalue()


def spoilt(archive, change):
    """The archive with the beginning of its first file's packed bytes changed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        start = 30 + len(opened.infolist()[0].filename)
    return archive[:start] + change + archive[start + len(change) :]


@pytest.fixture
def en4(provider, session, tmp_path):
    """Fetches months of 2008; the names that are there then."""

    def get(period):
        request = product("en4").checked(Request(Period.parse(period), server=provider.address))
        fetch(plain.en4(request, session), tmp_path / "en4", session, tmp_path / "parts")
        return sorted(path.name for path in (tmp_path / "en4").glob("*.nc"))

    return get


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "parts" / ADDRESS[1:]


@pytest.mark.parametrize("change", [b"\xff" * 8, b"\x07", b"\x00" * 40])
def test_a_damaged_stream_is_told_and_fetched_again(en4, provider, netcdf, kept, change):
    whole = zipped(netcdf, 3)
    provider.files[ADDRESS] = spoilt(whole, change)
    with pytest.raises(BadFile, match="is no whole archive"):
        en4("2008-03")
    assert not kept.exists()
    provider.files[ADDRESS] = whole
    assert en4("2008-03") == [month(3)]
    assert not kept.exists()


@pytest.mark.parametrize("offset, value", [(8, 99), (6, 1)])
def test_damaged_descriptions_of_files(en4, provider, netcdf, kept, offset, value):
    """A way of packing that is not known; a mark that says encrypted."""
    broken = bytearray(zipped(netcdf, 3))
    broken[offset] = value
    broken[broken.rindex(b"PK\x01\x02") + offset + 2] = value
    provider.files[ADDRESS] = bytes(broken)
    with pytest.raises(BadFile, match="is no whole archive"):
        en4("2008-03")
    assert not kept.exists()


def test_a_page_instead_of_an_archive(en4, provider, kept):
    provider.files[ADDRESS] = b"<html>please log in</html>"
    with pytest.raises(BadFile, match="is no whole archive"):
        en4("2008-03")
    assert not kept.exists()


def test_a_month_that_is_not_there_yet_is_found_later(en4, provider, netcdf, kept):
    provider.files[ADDRESS] = zipped(netcdf, 1, 2)
    with pytest.raises(BadData, match=r"200803.nc is not in it"):
        en4("2008-01/2008-03")
    assert not kept.exists()
    provider.files[ADDRESS] = zipped(netcdf, 1, 2, 3)
    assert en4("2008-03") == [month(3)]


def test_an_old_archive_that_lacks_the_month_is_fetched_anew(en4, provider, netcdf, kept):
    kept.parent.mkdir()
    kept.write_bytes(zipped(netcdf, 1, 2))
    provider.files[ADDRESS] = zipped(netcdf, 1, 2, 3)
    assert en4("2008-03") == [month(3)]


def test_a_file_that_is_too_large(en4, provider, netcdf, kept, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_MEMBER", len(netcdf) - 1)
    provider.files[ADDRESS] = zipped(netcdf, 3)
    with pytest.raises(BadData, match="is too large"):
        en4("2008-03")
    assert not kept.exists()


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_and_the_archive_kept(en4, provider, netcdf, kept, monkeypatch):
    provider.files[ADDRESS] = zipped(netcdf, 3)
    with monkeypatch.context() as patched:
        patched.setattr(unpack, "atomic_path", lambda path: nullcontext(FULL))
        with pytest.raises(BadFile, match=r"No space left on device.*make room") as caught:
            en4("2008-03")
    assert "no whole archive" not in str(caught.value) and kept.exists()
    assert en4("2008-03") == [month(3)]
    assert len(provider.got(ADDRESS)) == 1 and not kept.exists()
