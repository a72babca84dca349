"""A month's temperature as a CF-1.9 dataset."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from thermocline.answers.dataset import OBSERVED, observed_attributes
from thermocline.answers.warnings import warn
from thermocline.observe import Observations
from thermocline.ocean.cf import about, coordinates, crs, member_axis
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import ATTRIBUTE as ACCOUNT
from thermocline.sources.account import Account
from thermocline.systems.reconstruct.endpoints.analysis import Answer, analyse
from thermocline.systems.reconstruct.endpoints.moved import moved_in_words
from thermocline.systems.reconstruct.endpoints.rejected import flag_variable

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.model.method import Reconstructor

REFERENCES = (
    "ReconMOST (arXiv, June 2025): guided diffusion of multi-layer ocean temperature; "
    "Karras et al. (2022), doi:10.48550/arXiv.2206.00364"
)


def reconstruct(
    model: "Reconstructor",
    observations: Observations,
    date: str | np.datetime64,
    members: int | None = None,
    seed: int = 0,
    keep_members: bool = False,
    account: Account | None = None,
) -> xr.Dataset:
    """A month's complete temperature field from sparse observations, as a CF dataset.

    Args:
        members: ensemble size, the model's default if None.
        keep_members: also give `thetao_members` (member, time, depth, latitude, longitude).
        account: of the reading of the observations; by default all that are given were read.

    Returns:
        `thetao` and `thetao_std` (time, depth, latitude, longitude), float32, degrees Celsius,
        NaN on land; `thetao_observed`, 1 where observations were used and 0 elsewhere; and
        `observation_flag` (observation). The same arguments give the same dataset to the bit. Which
        model answered is not in it: `thermocline.predict.sign` adds that.

    Raises:
        BadObservations: see `analyse`.
    """
    answer = analyse(model, observations, date, members, seed)
    grid, depth = model.grid, np.asarray(model.depth, np.float64)
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
        f"thetao{OBSERVED}": (
            dims,
            answer.observed[None].astype(np.int8),
            observed_attributes(variable.long_name) | {"grid_mapping": "crs"},
        ),
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
    data["observation_flag"] = flag_variable(answer.flags)
    dataset = xr.Dataset(data, coords=coordinates(grid, depth, answer.month))
    if "thetao_members" in dataset:
        dataset = dataset.assign_coords(member_axis(len(dataset["member"])))
    drawn = 0 if answer.members is None else len(answer.members)
    dataset.attrs = _attributes(answer, drawn, seed)
    given = len(observations)
    read = account or Account(held=given, used=given, of="observations")
    read = read.noted(*moved_in_words(observations, answer.usage, read.of), *answer.notes)
    dataset.attrs[ACCOUNT] = read.without(answer.dropped).to_json()
    warn(dataset, *answer.warnings)
    return dataset


def climatology(model: "Reconstructor", answer: xr.Dataset) -> xr.Dataset:
    """`thetao_climatology`, °C: what the model takes to be usual in an answer's month."""
    month = int(str(answer.attrs["date"])[5:7])
    usual = model.statistics.denormalise(np.zeros(model.statistics.ocean.shape, np.float32), month)
    about = {"long_name": "Climatology of the potential temperature", "units": "degree_Celsius"}
    return xr.Dataset({"thetao_climatology": (answer["thetao"].dims, usual[None], about)})


def _attributes(answer: Answer, members: int, seed: int) -> dict[str, Any]:
    usage = answer.usage
    return about(
        title=f"Ocean potential temperature reconstructed from observations, {answer.month}",
        source="ensemble optimal interpolation, corrected by a diffusion model of the ocean",
        history=f"reconstruct: {usage.used} of {usage.given} values on the model's levels could be "
        f"placed, {answer.rejected} cells of them rejected; {members} members, seed {seed}",
        references=REFERENCES,
        comment="The mean is the corrected interpolation, the standard deviation that of members "
        "drawn around it, given the observations.",
    ) | {
        "date": str(answer.month),
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "members": np.int32(members),
        "network_evaluations": np.int32(answer.evaluations),
        "observations_given": np.int32(usage.given),
        "observations_used": np.int32(usage.used),
        "observations_off_level": np.int32(usage.off_level),
        "observations_on_land": np.int32(usage.on_land),
        "observations_snapped": np.int32(usage.snapped),
        "observations_cells": np.int32(usage.cells),
        "observations_around": np.int32(usage.around),
        "observations_off_month": np.int32(usage.off_month),
        "observations_rejected": np.int32(answer.rejected),
        "observations_error_factor": np.float64(answer.error_factor),
        "observations_checks": checks_in_words(answer),
        **answer.departure,
        **{f"trust_{name}": value for name, value in answer.trust.as_numbers().items()},
    }


def checks_in_words(answer: Answer) -> str:
    """What the checks of the observations did, for a person to read."""
    count = answer.rejected
    cells = f"{count or 'no'} cell{'' if count == 1 else 's'} of a level"
    rejected = f"The background check rejected what was observed in {cells}"
    if answer.error_factor == 1:
        return f"{rejected}."
    return f"{rejected}; errors were taken to be {answer.error_factor:.1f} times those stated."
