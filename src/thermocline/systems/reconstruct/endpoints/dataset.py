"""The answer as a CF-1.9 dataset, written whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from thermocline.files import atomic_path
from thermocline.observe import Observations
from thermocline.ocean.variables import VARIABLES
from thermocline.predict.analysis import analyse
from thermocline.predict.cf import attributes, coordinates, crs, encode, member_axis
from thermocline.predict.champion import ServedModel

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.method import Reconstructor


def reconstruct(
    model: "ServedModel | Reconstructor",
    observations: Observations,
    date: str | np.datetime64,
    members: int | None = None,
    seed: int = 0,
    keep_members: bool = False,
) -> xr.Dataset:
    """A month's complete temperature field from sparse observations, as a CF dataset.

    Args:
        model: a loaded model; a bare Reconstructor is called "unregistered" in the attributes.
        members: ensemble size, the model's default if None.
        keep_members: also give `thetao_members` (member, time, depth, latitude, longitude).

    Returns:
        `thetao` and `thetao_std` (time, depth, latitude, longitude), float32, degrees Celsius,
        NaN on land. The same arguments give the same dataset to the bit.

    Raises:
        BadObservations: see `thermocline.predict.analysis.analyse`.
    """
    served = model if isinstance(model, ServedModel) else ServedModel(model)
    answer = analyse(served.reconstructor, observations, date, members, seed)
    grid, depth = served.reconstructor.grid, np.asarray(served.reconstructor.depth, np.float64)
    variable = VARIABLES["thetao"]
    dims = ("time", "depth", "latitude", "longitude")
    cell = {"cell_methods": "time: mean", "grid_mapping": "crs"}
    std = {
        "standard_name": f"{variable.standard_name} standard_error",
        "long_name": "Standard deviation of the potential temperature's uncertainty",
        "units": variable.units,
    }
    data: dict[str, Any] = {
        "thetao": (
            dims,
            answer.mean[None],
            variable.attributes | cell | {"ancillary_variables": "thetao_std"},
        ),
        "thetao_std": (dims, answer.std[None], std | {"grid_mapping": "crs"}),
        "crs": ((), np.int32(0), crs()),
    }
    if keep_members and answer.members is not None:
        data["thetao_members"] = (
            ("member", *dims),
            answer.members[:, None],
            variable.attributes
            | {"long_name": "Sea water potential temperature of each member"}
            | cell,
        )
    dataset = xr.Dataset(data, coords=coordinates(grid, depth, answer.month))
    if "thetao_members" in dataset:
        dataset = dataset.assign_coords(member_axis(len(dataset["member"])))
    drawn = 0 if answer.members is None else len(answer.members)
    dataset.attrs = attributes(served, answer, drawn, seed)
    encode(dataset)
    return dataset


def write_netcdf(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write the dataset whole or not at all; the same dataset gives the same bytes."""
    path = Path(path)
    with atomic_path(path.with_suffix(path.suffix or ".nc")) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4", format="NETCDF4_CLASSIC")
    return path.with_suffix(path.suffix or ".nc")
