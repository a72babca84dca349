"""Products that lie as files on a web server: OISST, EN4, sea-ice concentration of NSIDC."""

import re
from datetime import date
from functools import partial
from pathlib import Path

import requests

from thermocline.errors import BadFile
from thermocline.fetch.download import Progress, download
from thermocline.fetch.plan import Item, Plan, Product
from thermocline.fetch.request import Request
from thermocline.fetch.server import listing, remote_size
from thermocline.fetch.unpack import unpacked

WHOLE = "files hold the whole globe, and are not cut to the region"
SENSORS = ("n07", "f08", "f11", "f13", "f15", "ame", "f16", "f17", "f18", "am2")
"""Satellites in the names of sea-ice files, in small letters, by the beginning of their service."""


def one_file(address: str, session: requests.Session) -> Item:
    """The item of a file at an address, with its size if the server says it."""
    name, size = address.rpartition("/")[2], remote_size(address, session)

    def get(folder: Path, parts: Path, progress: Progress) -> None:
        download(address, folder / name, parts, session, progress, size)

    return Item((name,), address, get, size)


def oisst(request: Request, session: requests.Session) -> Plan:
    """A file a day, in a folder a month."""
    items = []
    for day in request.period.days:
        name = f"oisst-avhrr-v02r01.{day:%Y%m%d}.nc"
        items.append(one_file(f"{request.server}/{day:%Y%m}/{name}", session))
    return Plan(tuple(items), () if request.region.whole else (WHOLE,))


def en4(request: Request, session: requests.Session) -> Plan:
    """An archive a year, of which the months that are asked for are unpacked."""
    years: dict[int, list[str]] = {}
    for month in request.period.months:
        name = f"EN.4.2.2.f.profiles.{request.facets['correction']}.{month:%Y%m}.nc"
        years.setdefault(month.year, []).append(name)
    items = []
    for year, names in years.items():
        archive = f"EN.4.2.2.profiles.{request.facets['correction']}.{year}.zip"
        address = f"{request.server}/{archive}"
        size = remote_size(address, session)
        get = partial(unpacked, address, tuple(names), session, size=size)
        items.append(Item(tuple(names), address, get, size))
    return Plan(tuple(items), () if request.region.whole else (WHOLE,))


def nsidc(request: Request, session: requests.Session) -> Plan:
    """A file a month and hemisphere; its name has the satellite in it, so the folder is read."""
    hemisphere = request.facets["hemisphere"]
    folder = f"{request.server}/{hemisphere}/monthly"
    there = listing(f"{folder}/", session)
    grid = {"north": "psn25", "south": "pss25"}.get(hemisphere, "")
    items = [
        one_file(f"{folder}/{_month(there, grid, month, folder)}", session)
        for month in request.period.months
    ]
    note = "files hold the whole hemisphere, and are not cut to the region"
    return Plan(tuple(items), () if request.region.whole else (note,))


def _month(names: list[str], grid: str, month: date, where: str) -> str:
    """The newest version of a month's file; if two satellites have it, the later one's."""
    pattern = rf"sic_{grid}_{month:%Y%m}_\w+_v\d+r\d+\.nc"
    found = [name for name in names if re.fullmatch(pattern, name)]
    if not found:
        raise BadFile(f"there is no month {month:%Y-%m}", where=where, fix="ask for another period")
    return max(found, key=_age)


def _age(name: str) -> tuple[list[int], int, str]:
    """Version, then satellite; one that is not known counts as later than those that are."""
    sensor = name.split("_")[3].lower()
    version = [int(number) for number in re.findall(r"\d+", name.rpartition("_")[2])]
    return version, SENSORS.index(sensor) if sensor in SENSORS else len(SENSORS), name.lower()


PRODUCTS = (
    Product(
        name="oisst",
        summary="NOAA OISST v2.1: daily sea surface temperature, 0.25°, since September 1981",
        provider="NOAA NCEI",
        folder="oisst",
        terms="public domain; cite Huang et al. (2021), doi:10.1175/JCLI-D-20-0166.1",
        plan=oisst,
        since=date(1981, 9, 1),
        until_today=True,
        server="https://www.ncei.noaa.gov/data/"
        "sea-surface-temperature-optimum-interpolation/v2.1/access/avhrr",
    ),
    Product(
        name="en4",
        summary="EN4.2.2: quality-controlled temperature and salinity profiles, since 1900",
        provider="Met Office Hadley Centre",
        folder="en4",
        terms="Open Government Licence for non-commercial research and private study; "
        "cite Good, Martin & Rayner (2013), doi:10.1002/2013JC009067",
        plan=en4,
        since=date(1900, 1, 1),
        until_today=True,
        facets={"correction": "g10"},
        server="https://www.metoffice.gov.uk/hadobs/en4/data/en4-2-1/EN.4.2.2",
    ),
    Product(
        name="nsidc",
        summary="NOAA/NSIDC sea-ice concentration (G02202 v5), monthly, 25 km, since 1978",
        provider="NSIDC",
        folder="nsidc",
        terms="free to use; cite Meier et al., doi:10.7265/rjzb-pf78",
        plan=nsidc,
        since=date(1978, 10, 1),
        until_today=True,
        facets={"hemisphere": "north"},
        server="https://noaadata.apps.nsidc.org/NOAA/G02202_V5",
    ),
)
