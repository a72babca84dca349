"""A finer map as the CF dataset that is answered."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline.ocean.axes import cell_edges
from thermocline.ocean.cf import about, crs, horizontal, member_axis
from thermocline.ocean.variables import VARIABLES
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.endpoints.coarse import VARIABLE, Coarse
from thermocline.systems.superres.endpoints.fine import fine_axes
from thermocline.systems.superres.endpoints.tiled import Finer
from thermocline.systems.superres.model.contract import SuperresContract

REFERENCES = (
    "Huang et al. (2025), UADM (uncertainty-guided adversarial diffusion of SST); "
    "Yue, Wang & Loy (2023), doi:10.48550/arXiv.2307.12348 (residual shifting)"
)


def answer_dataset(coarse: Coarse, answer: Finer, factor: int) -> xr.Dataset:
    """Coordinates and fields, on longitudes as they were given."""
    latitude, longitude = fine_axes(coarse, factor)
    dims: tuple[str, ...] = ("latitude", "longitude")
    coordinates = horizontal(latitude, longitude)
    for name, values, low, high in (
        ("latitude", latitude, -90, 90),
        ("longitude", longitude, -540, 540),
    ):
        edges = np.stack(cell_edges(values, low, high), axis=1)
        coordinates[f"{name}_bnds"] = ((name, "bnds"), edges)
    if coarse.time is not None:
        dims = ("time", *dims)
        axis = {"standard_name": "time", "long_name": "Time of the coarse field", "axis": "T"}
        coordinates["time"] = ("time", np.array([coarse.time]), axis)
    at_time = lambda field: field[..., None, :, :] if "time" in dims else field
    variable = VARIABLES[VARIABLE]
    cell = {"cell_methods": "area: mean", "grid_mapping": "crs"}
    std = answer.mean * np.float32(np.nan) if answer.std is None else answer.std
    data: dict[str, Any] = {
        "analysed_sst": (
            dims,
            at_time(answer.mean),
            variable.attributes
            | cell
            | {"ancillary_variables": "analysed_sst_std uncertainty_map"},
        ),
        "analysed_sst_std": (
            dims,
            at_time(std),
            {
                "standard_name": f"{variable.standard_name} standard_error",
                "long_name": "Standard deviation of the sea surface temperature's uncertainty",
                "units": variable.units,
                "grid_mapping": "crs",
            },
        ),
        "uncertainty_map": (
            dims,
            at_time(answer.u),
            {
                "long_name": "Map that scales the noise which members begin with",
                "units": "1",
                "grid_mapping": "crs",
            },
        ),
        "crs": ((), np.int32(0), crs()),
    }
    if answer.members is not None:
        long_name = {"long_name": "Sea surface temperature of each member"}
        facts = variable.attributes | long_name | cell
        data["analysed_sst_members"] = (("member", *dims), at_time(answer.members), facts)
        coordinates |= member_axis(len(answer.members))
    return xr.Dataset(data, coords=coordinates)


def attributes_of(
    coarse: Coarse,
    contract: SuperresContract,
    error: float,
    answer: Finer,
    members: int,
    seed: int,
) -> dict[str, Any]:
    """Attributes of the whole: what it is, how it was made, and of which settings."""
    factor = contract.factor
    rows, columns = coarse.value.shape
    date = "unknown date" if coarse.time is None else str(coarse.time)[:10]
    return about(
        title=f"Sea surface temperature, {factor} times finer than given, {date}",
        source="residual-shifting diffusion model of SST",
        history=f"superresolve: {rows} × {columns} values, {members} members, seed {seed}",
        references=REFERENCES,
        comment=_comment(contract.config),
    ) | {
        "date": date,
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "members": np.int32(members),
        "factor": np.int32(factor),
        "network_evaluations": np.int32(answer.evaluations),
        "input_error": np.float64(round(float(error), 6)),
    }


def _comment(config: SuperresConfig) -> str:
    """What mean and standard deviation are of."""
    said = "The mean is that of the members drawn given the coarse field, "
    if config.training.mean_fraction:
        said = "The mean is the network's own, and the members are drawn around it, "
    said += "the standard deviation that of the members, but no less than the given values' error."
    if config.consistency:
        said += " Means over blocks agree with the values given, within their error."
    return said
