"""Products that a provider's own client fetches: CMIP6, Copernicus Marine, Argo."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests

from thermocline.errors import BadConfig, BadFile, ThermoclineError
from thermocline.fetch.download import Progress
from thermocline.fetch.plain import one_file
from thermocline.fetch.plan import Item, Plan, Product, client
from thermocline.fetch.request import Region, Request
from thermocline.files import atomic_path

TABLES = {"thetao": "Omon", "so": "Omon", "tos": "Omon", "siconc": "SImon"}
"""CMIP6's tables of monthly means."""
LOGIN = "run `copernicusmarine login` once; the client keeps name and password in its own file"


@contextmanager
def _told(where: str, fix: str = "try again later") -> Iterator[None]:
    """Whatever a client raises, as an error that says whose it is. Its text holds no password."""
    try:
        yield
    except ThermoclineError:
        raise
    except Exception as problem:
        if "redential" in type(problem).__name__ or "Password" in type(problem).__name__:
            raise BadConfig(
                "the provider wants a name and a password, and was given none that it knows",
                where=where,
                fix=LOGIN,
            ) from None
        said = " ".join(str(problem).split())[:300]
        raise BadFile(f"{type(problem).__name__}: {said}", where=where, fix=fix) from problem


def cmip6(request: Request, session: requests.Session) -> Plan:
    """The files of a simulation that reach into the period; one item a variable."""
    intake = client("intake_esgf")
    items = []
    for variable in request.variables:
        search = {
            "variable_id": variable,
            "table_id": TABLES[variable],
            "source_id": request.facets["model"],
            "experiment_id": request.facets["experiment"],
            "member_id": request.facets["member"],
            "grid_label": request.facets["grid"],
        }
        with _told("ESGF", "check model, experiment, member and grid, or try again later"):
            catalog = intake.ESGFCatalog().search(
                quiet=True,
                # The client takes a month for its first day.
                file_start=f"{request.period.months[0]}",
                file_end=f"{request.period.last}",
                **search,
            )
            found = len(catalog.df)
        words = " ".join(search.values())
        if found != 1:
            raise BadFile(
                f"{found or 'no'} data sets are {words}",
                where="ESGF",
                fix="check model, experiment, member and grid",
            )
        items.append(Item((), f"ESGF: {words}", partial(_from_esgf, intake, catalog)))
    notes = ("the index tells sizes only as it fetches",)
    return Plan(tuple(items), notes if request.region.whole else (*notes, _WHOLE_SIMULATION))


_WHOLE_SIMULATION = "files hold the model's whole grid, and are not cut to the region"


def _from_esgf(intake: Any, catalog: Any, folder: Path, parts: Path, progress: Progress) -> None:
    """The client keeps a store of its own, checks each file there, and goes on where it was."""
    with _told("ESGF"), intake.conf.set(local_cache=[str((parts / "esgf").resolve())]):
        paths = catalog.to_path_dict(prefer_streaming=False, quiet=True)
    for path in (Path(one) for several in paths.values() for one in several):
        # The client's store keeps it too, so that it is not fetched again: the same bytes twice
        # named, where the disk can do that.
        try:
            (folder / path.name).hardlink_to(path)
        except OSError:
            shutil.copyfile(path, folder / path.name)


def copernicus(dataset: str, request: Request, session: requests.Session) -> Plan:
    """One file, cut out by the provider to period, region and variables."""
    marine = client("copernicusmarine")
    arguments = {
        "dataset_id": request.facets.get("dataset") or dataset,
        "variables": list(request.variables),
        "start_datetime": f"{request.period.first}T00:00:00",
        "end_datetime": f"{request.period.last}T23:59:59",
        "disable_progress_bar": True,
        **_box(request.region),
    }
    with _told("Copernicus Marine", "check the period and the region, or try again later"):
        said = marine.subset(dry_run=True, **arguments)
    size = None if said.data_transfer_size is None else round(said.data_transfer_size * 1e6)
    get = partial(_from_copernicus, marine, arguments, said.filename)
    source = f"Copernicus Marine: {arguments['dataset_id']}"
    return Plan((Item((said.filename,), source, get, size),))


def _box(region: Region) -> dict[str, float]:
    if region.whole:
        return {}
    west, east = region.spans[0][0], region.spans[-1][1]
    return {
        "minimum_longitude": west,
        # Beyond the date line, as the client takes them.
        "maximum_longitude": east + (360 if east < west else 0),
        "minimum_latitude": region.south,
        "maximum_latitude": region.north,
    }


def _from_copernicus(
    marine: Any,
    arguments: dict[str, Any],
    name: str,
    folder: Path,
    parts: Path,
    progress: Progress,
) -> None:
    with atomic_path(folder / name) as temporary, _told("Copernicus Marine"):
        marine.subset(
            output_directory=temporary.parent,
            output_filename=temporary.name,
            overwrite=True,
            **arguments,
        )


def argo(request: Request, session: requests.Session) -> Plan:
    """Multi-profile files of the floats that were in the region then; each holds a whole life."""
    argopy = client("argopy")
    region, period = request.region, request.period
    # The client compares times to the second, and takes no box that crosses the date line.
    times = [f"{period.first}T00:00:00", f"{period.last}T23:59:59"]
    found = set[str]()
    with _told("Argo"):
        index = argopy.ArgoIndex(host=request.server, index_file="core")
        for west, east in region.spans:
            index.query.box([west, east, region.south, region.north, *times])
            found.update(index.read_files(multi=True))
    paths = sorted(found)
    if not paths:
        raise BadFile(f"no float was in {region}, {period}", where="Argo", fix="ask for more")
    items = [one_file(f"{request.server}/{path.replace(os.sep, '/')}", session) for path in paths]
    return Plan(tuple(items), ("files hold a float's whole life, not the period alone",))


def _marine(name: str, summary: str, dataset: str, doi: str, variables: tuple[str, ...]) -> Product:
    """A product of Copernicus Marine, in a folder of its name."""
    return Product(
        name=name,
        summary=summary,
        provider="Copernicus Marine",
        folder=name,
        terms=f"Copernicus Marine licence, with attribution; doi:10.48670/{doi}",
        plan=partial(copernicus, dataset),
        variables=variables,
    )


PRODUCTS = (
    Product(
        name="cmip6",
        summary="CMIP6 simulations, monthly means: thetao, so, tos, siconc",
        provider="ESGF",
        folder="cmip6",
        terms="CC BY 4.0 or the licence in each file's attribute `license`; "
        "cite the model's doi, see further_info_url",
        plan=cmip6,
        variables=tuple(TABLES),
        facets={"model": "", "experiment": "historical", "member": "r1i1p1f1", "grid": "gn"},
    ),
    _marine(
        "glorys",
        "GLORYS12 reanalysis, monthly means of potential temperature and salinity, 1/12°",
        "cmems_mod_glo_phy_my_0.083deg_P1M-m",
        "moi-00021",
        ("thetao", "so"),
    ),
    _marine(
        "glorys-daily",
        "GLORYS12 reanalysis, daily means of potential temperature and salinity, 1/12°",
        "cmems_mod_glo_phy_my_0.083deg_P1D-m",
        "moi-00021",
        ("thetao", "so"),
    ),
    _marine(
        "sss",
        "sea surface salinity from satellites and profiles, without gaps, daily, 1/8°",
        "cmems_obs-mob_glo_phy-sss_my_multi_P1D",
        "moi-00051",
        ("sos",),
    ),
    _marine(
        "adt",
        "absolute dynamic topography from two altimeters at a time, daily, 0.25°",
        "c3s_obs-sl_glo_phy-ssh_my_twosat-l4-duacs-0.25deg_P1D",
        "moi-00145",
        ("adt",),
    ),
    _marine(
        "ostia",
        "OSTIA reprocessed sea surface temperature, daily, 0.05°",
        "METOFFICE-GLO-SST-L4-REP-OBS-SST",
        "moi-00168",
        ("analysed_sst",),
    ),
    Product(
        name="argo",
        summary="Argo floats: profiles of temperature and salinity",
        provider="Argo GDAC",
        folder="argo",
        terms="free and unrestricted; cite doi:10.17882/42182",
        plan=argo,
        server="https://data-argo.ifremer.fr",
    ),
)
