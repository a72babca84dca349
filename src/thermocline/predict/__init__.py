"""The facade of the service and the command line: observations or coarse fields in, CF NetCDF out.

Names are resolved on first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermocline.predict.analysis import MAX_MEMBERS, analyse, parse_month
    from thermocline.predict.champion import Identity, ServedModel, load_champion, load_model
    from thermocline.predict.dataset import reconstruct, write_netcdf
    from thermocline.predict.overview import summary
    from thermocline.predict.superres import superres_summary, superresolve
    from thermocline.predict.tables import observations_from_table, read_observations

_HOME = {
    "MAX_MEMBERS": "analysis",
    "analyse": "analysis",
    "parse_month": "analysis",
    "Identity": "champion",
    "ServedModel": "champion",
    "load_champion": "champion",
    "load_model": "champion",
    "reconstruct": "dataset",
    "summary": "overview",
    "superres_summary": "superres",
    "superresolve": "superres",
    "write_netcdf": "dataset",
    "observations_from_table": "tables",
    "read_observations": "tables",
}

__all__ = [
    "MAX_MEMBERS",
    "Identity",
    "ServedModel",
    "analyse",
    "load_champion",
    "load_model",
    "observations_from_table",
    "parse_month",
    "read_observations",
    "reconstruct",
    "summary",
    "superres_summary",
    "superresolve",
    "write_netcdf",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
