"""Parts of an answer's CF dataset: mixed layer, members, the day, and what is said of the whole."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from thermocline.ocean.cf import about, member_axis
from thermocline.systems.densify.data.raw import SURFACE, WATER
from thermocline.systems.densify.endpoints.observed import RequestProblem
from thermocline.verify.metrics.water_columns import mixed_layer_depth

if TYPE_CHECKING:
    from thermocline.ocean.problem import Analysis

DIMS = ("time", "depth", "latitude", "longitude")
REFERENCES = (
    "DepthDif (2026): conditional diffusion of subsurface fields; Guinehut et al. (2012), "
    "doi:10.5194/os-8-845-2012"
)


def mixed_layer_of(temperature: xr.DataArray) -> xr.DataArray:
    """Depth of the mixed layer, of columns of temperature."""
    depth = mixed_layer_depth(temperature.values.astype(float), temperature["depth"].values)
    attributes = {
        "standard_name": "ocean_mixed_layer_thickness_defined_by_temperature",
        "long_name": "Depth where temperature differs by 0.2 degrees Celsius from that at 10 m",
        "units": "m",
        "comment": "Of the mean's columns.",
    }
    return xr.DataArray(depth.astype(np.float32), dims=DIMS[2:], attrs=attributes)


def with_members(dataset: xr.Dataset, answer: "Analysis") -> xr.Dataset:
    """The dataset and every member of the answer."""
    assert answer.members is not None
    levels = dataset.sizes["depth"]
    for number, name in enumerate(WATER):
        part = answer.members[:, number * levels : (number + 1) * levels]
        kept = ("standard_name", "units")
        attributes = {key: dataset[name].attrs[key] for key in kept}
        attributes["long_name"] = f"{dataset[name].attrs['long_name']} of each member"
        dataset[f"{name}_members"] = (("member", *DIMS[1:]), part.astype(np.float32), attributes)
    return dataset.assign_coords(member_axis(len(answer.members)))


def dated(dataset: xr.Dataset, day: np.datetime64) -> xr.Dataset:
    """With a time, the day's noon, and the grid mapping of every field."""
    noon = day.astype("datetime64[ns]") + np.timedelta64(12, "h")
    attributes = {"standard_name": "time", "long_name": "Noon of the day", "axis": "T"}
    dataset = dataset.expand_dims("time").assign_coords(time=("time", [noon], attributes))
    for name, field in dataset.data_vars.items():
        if "member" in field.dims:
            dataset[name] = field.transpose("member", *DIMS)
        dataset[name].attrs["grid_mapping"] = "crs"
    dataset["depth"].attrs |= {"standard_name": "depth", "axis": "Z"}
    return dataset.reset_coords("crs")


def attributes_of(
    found: RequestProblem, answer: "Analysis", members: int, seed: int
) -> dict[str, Any]:
    """Attributes of the whole: what was asked, and how it was answered."""
    problem = found.problem
    cells = problem.ocean[0].size
    seen = [np.asarray(each.operator.index) % cells for each in problem.observations]  # type: ignore[attr-defined]
    columns = np.unique(np.concatenate(seen)).size if seen else 0
    fields = [name for name in SURFACE if name in problem.covariates]
    return about(
        title=f"Temperature and salinity at depth, {found.region}, {problem.time}",
        source="diffusion model of temperature and salinity at depth",
        history=f"densify: {columns} observed columns, surface fields "
        f"{' '.join(fields) or 'none'}, {members} members, seed {seed}",
        references=REFERENCES,
        comment="Mean and standard deviation given the observations; bands are the mean and 1.645 "
        "standard deviations on either side. No water lies under heavier water.",
    ) | {
        "date": str(problem.time),
        "region": found.region,
        "surface_fields": " ".join(fields),
        "columns_observed": np.int32(columns),
        "members": np.int32(members),
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "network_evaluations": np.int32(answer.evaluations),
    }
