"""Each product from a server of its provider's layout, through the command line."""

import io
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.errors import BadConfig, BadFile, ThermoclineError
from thermocline.fetch import clients, run
from thermocline.fetch.request import Period, Region, Request
from thermocline.files import sha256_file


def command(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["fetch", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def oisst(provider, content, days=("20080301", "20080302")):
    for day in days:
        provider.files[f"/{day[:6]}/oisst-avhrr-v02r01.{day}.nc"] = content


def test_the_list_of_products():
    said = command()
    assert all(
        name in said
        for name in (
            "cmip6",
            "glorys",
            "glorys-daily",
            "sss",
            "adt",
            "ostia",
            "argo",
            "oisst",
            "en4",
            "nsidc",
        )
    )


def test_oisst(provider, netcdf):
    oisst(provider, netcdf)
    arguments = ("oisst", "--time", "2008-03-01/2008-03-02", "--server", provider.address)
    said = command(*arguments, "--dry-run")
    assert "2 files" in said and "terms: public domain" in said and "kB" in said
    assert not Path("data").exists() or not list(Path("data").rglob("*.nc"))
    assert "2 new, 0 were there" in command(*arguments)
    found = sorted(Path("data/oisst").glob("*.nc"))
    assert [path.read_bytes() for path in found] == [netcdf, netcdf]
    sums = Path("data/oisst/SHA256SUMS").read_text()
    sums = dict(reversed(line.split()) for line in sums.splitlines())
    assert sums == {path.name: sha256_file(path) for path in found}
    asked = len(provider.asked)
    assert "0 new, 2 were there" in command(*arguments, "--region", "0,0,9,9")
    assert not [one for one in provider.asked[asked:] if one[0] == "GET"]


def test_changed_at_the_provider(provider, netcdf):
    oisst(provider, netcdf, ("20080301",))
    arguments = ("oisst", "--time", "2008-03-01", "--server", provider.address)
    command(*arguments)
    (path,) = Path("data/oisst").glob("*.nc")
    path.unlink()
    oisst(provider, netcdf + b"\0", ("20080301",))
    with pytest.raises(BadFile, match=r"not what it was.*--accept-changed"):
        command(*arguments)
    assert not path.exists()
    command(*arguments, "--accept-changed")
    assert path.read_bytes() == netcdf + b"\0"


def test_what_came_before_a_failure_stays(provider, netcdf):
    oisst(provider, netcdf, ("20080301",))
    provider.files["/200803/oisst-avhrr-v02r01.20080302.nc"] = b"<html>please log in</html>"
    arguments = ("oisst", "--time", "2008-03-01/2008-03-02", "--server", provider.address)
    with pytest.raises(BadFile, match=r"a page of text, not NetCDF.*log in"):
        command(*arguments)
    assert [path.name[-11:] for path in Path("data/oisst").glob("*.nc")] == ["20080301.nc"]
    oisst(provider, netcdf)
    assert "1 new, 1 were there" in command(*arguments)


def test_missing_day_is_named_before_anything_is_fetched(provider, netcdf):
    oisst(provider, netcdf, ("20080301",))
    with pytest.raises(BadFile, match=r"20080302.*404"):
        command("oisst", "--time", "2008-03-01/2008-03-02", "--server", provider.address)
    assert not [one for one in provider.asked if one[0] == "GET"]


def archive(content, *names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name in names:
            opened.writestr(name, content)
    return stream.getvalue()


def test_en4(provider, netcdf):
    """The months that are asked for come out of the year's archive, and nothing else does."""
    months = [f"EN.4.2.2.f.profiles.g10.2008{month:02d}.nc" for month in range(1, 13)]
    provider.files["/EN.4.2.2.profiles.g10.2008.zip"] = archive(netcdf, "../evil.nc", *months)
    arguments = ("en4", "--time", "2008-03/2008-04", "--server", provider.address)
    assert "non-commercial" in command(*arguments, "--dry-run")
    command(*arguments)
    assert sorted(path.name for path in Path("data/en4").glob("*.nc")) == months[2:4]
    assert not list(Path().rglob("evil.nc")) and not list(Path("build").rglob("*.zip"))
    provider.files["/EN.4.2.2.profiles.g10.2009.zip"] = archive(netcdf, "other.nc")
    with pytest.raises(ThermoclineError, match=r"200901.nc is not in it"):
        command("en4", "--time", "2009-01", "--server", provider.address)


def test_nsidc(provider, netcdf):
    """The name has the satellite in it: the folder is read, the newest version taken."""
    names = [f"sic_psn25_200803_{rest}.nc" for rest in ("F13_v05r00", "F17_v05r00", "F13_v04r00")]
    page = "".join(f'<a href="{name}">{name}</a>' for name in (*names, "../", "/other/x.nc"))
    provider.files["/north/monthly/"] = page.encode()
    for name in names:
        provider.files[f"/north/monthly/{name}"] = netcdf
    command("nsidc", "--time", "2008-03", "--server", provider.address)
    assert [path.name for path in Path("data/nsidc").glob("*.nc")] == [names[1]]
    with pytest.raises(BadFile, match="no month 2008-04"):
        command("nsidc", "--time", "2008-04", "--server", provider.address)


def test_copernicus(provider, netcdf, monkeypatch):
    calls = []

    def subset(**arguments):
        calls.append(arguments)
        if not arguments.get("dry_run"):
            (arguments["output_directory"] / arguments["output_filename"]).write_bytes(netcdf)
        return SimpleNamespace(filename="glorys_thetao.nc", data_transfer_size=0.5)

    monkeypatch.setattr(clients, "client", lambda name: SimpleNamespace(subset=subset))
    said = command("glorys", "--time", "2008", "--region", "170,-10,-170,10", "--dry-run")
    assert "500 kB" in said and "glorys_thetao.nc" in said and "moi-00021" in said
    assert len(calls) == 1 and calls[0]["dry_run"]
    command("glorys", "--time", "2008", "--region", "170,-10,-170,10", "--variable", "so")
    assert calls[-1]["variables"] == ["so"]
    assert (calls[-1]["minimum_longitude"], calls[-1]["maximum_longitude"]) == (170, 190)
    assert (calls[-1]["start_datetime"][:10], calls[-1]["end_datetime"][:10]) == (
        "2008-01-01",
        "2008-12-31",
    )
    assert Path("data/glorys/glorys_thetao.nc").read_bytes() == netcdf


@pytest.mark.parametrize("region", ["200,-10,-170,10", "360,-10,-180,10", "190,-10,200,10"])
def test_copernicus_is_asked_from_west_to_east(region, monkeypatch):
    """The client refuses a region whose western edge is the larger number."""
    calls = []

    def subset(**arguments):
        calls.append(arguments)
        return SimpleNamespace(filename="x.nc", data_transfer_size=None)

    monkeypatch.setattr(clients, "client", lambda name: SimpleNamespace(subset=subset))
    asked = Request(Period.parse("2008"), Region.parse(region), ("thetao",))
    clients.copernicus("some", asked, None)
    west, east = calls[0]["minimum_longitude"], calls[0]["maximum_longitude"]
    assert -180 <= west < east
    assert (west - asked.region.west) % 360 == (east - asked.region.east) % 360 == 0


def test_no_credentials(provider, monkeypatch):
    """The client's own file holds them; neither name nor password is told."""

    class InvalidUsernameOrPassword(Exception):
        pass

    def subset(**_):
        raise InvalidUsernameOrPassword("anna hunter2")

    monkeypatch.setattr(clients, "client", lambda name: SimpleNamespace(subset=subset))
    with pytest.raises(BadConfig, match="copernicusmarine login") as caught:
        command("ostia", "--time", "2008-03-14")
    assert "hunter2" not in str(caught.value) and caught.value.__suppress_context__


def test_cmip6(provider, netcdf, monkeypatch, tmp_path):
    name = "tos_Omon_CanESM5_historical_r1i1p1f1_gn_185001-201412.nc"
    searched, cache = {}, []

    class conf:
        @staticmethod
        def set(*, local_cache=None):
            from contextlib import nullcontext

            cache.append(Path(local_cache[0]))
            return nullcontext()

    class ESGFCatalog:
        df = (0,)

        def search(self, quiet=False, file_start=None, file_end=None, **search):
            searched.update(search, start=file_start, end=file_end)
            return self

        def to_path_dict(self, prefer_streaming=False, quiet=False):
            cache[0].mkdir(parents=True, exist_ok=True)
            (cache[0] / name).write_bytes(netcdf)
            return {"tos": [cache[0] / name]}

    intake = SimpleNamespace(ESGFCatalog=ESGFCatalog, conf=conf)
    monkeypatch.setattr(clients, "client", lambda module: intake)
    with pytest.raises(BadConfig, match="needs --model"):
        command("cmip6", "--time", "2000", "--variable", "tos")
    command("cmip6", "--time", "2000", "--variable", "tos", "--model", "CanESM5")
    assert searched["table_id"] == "Omon" and searched["source_id"] == "CanESM5"
    assert (searched["start"], searched["end"]) == ("2000-01-01", "2000-12-31")
    assert Path("data/cmip6", name).read_bytes() == netcdf
    again = command("cmip6", "--time", "2000", "--variable", "tos", "--model", "CanESM5")
    assert "0 new, 1 were there" in again
    command("cmip6", "--time", "2014-12-15", "--variable", "tos", "--model", "CanESM5")
    assert searched["start"] == "2014-12-01"  # the file's last month is told as its first day
    ESGFCatalog.df = ()
    with pytest.raises(BadFile, match="no data sets are tos"):
        command("cmip6", "--time", "2000", "--variable", "tos", "--model", "Nowhere")


def test_clients_that_are_not_installed(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "copernicusmarine", None)
    with pytest.raises(BadConfig, match=r"requirements-fetch.lock"):
        command("glorys", "--time", "2008")


def test_errors_name_what_can_be_asked_for():
    for arguments, words in (
        (("sst", "--time", "2008"), "one of cmip6"),
        (("oisst",), "write 2008"),
        (("oisst", "--time", "2008", "--variable", "tos"), "has no variable tos"),
        (("oisst", "--time", "2008", "--model", "CanESM5"), "knows no model"),
        (("glorys", "--time", "2008", "--server", "https://x.org"), "from no other server"),
        (("cmip6", "--time", "2008", "--model", "x", "--server", "https://x.org"), "no other"),
    ):
        with pytest.raises(BadConfig, match=re.escape(words)):
            command(*arguments)


def test_every_product_has_terms_and_a_place():
    for product in run.PRODUCTS.values():
        assert product.terms and product.provider and re.fullmatch("[a-z0-9-]+", product.folder)
