"""An analysis as a CF dataset and as a summary, for endpoints without a format of their own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.ocean.problem import Analysis, Problem

OBSERVED = "_observed"
"""Ends the name of what marks the cells whose observations of a variable were used."""


def dataset_of(problem: "Problem", analysis: "Analysis") -> "xr.Dataset":
    """Mean and standard deviation of each variable on its depths and the problem's grid.

    Dims: depth, where a variable has one, then the grid's own; names such as `thetao`,
    `thetao_std`, and `thetao_observed` of variables that were; CF attributes as `ocean.variables`
    has them.
    """
    import numpy as np
    import xarray as xr

    coords, data = dict(problem.grid.coordinates()), {}
    seen = np.zeros(problem.ocean.shape, bool)
    for each in problem.observations:
        seen |= each.operator.adjoint(np.ones(each.operator.size)) > 0
    spread = analysis.std
    if spread is None and analysis.members is not None and len(analysis.members) > 1:
        spread = analysis.members.std(axis=0, ddof=1)
    for variable in dict.fromkeys(channel.variable for channel in problem.channels):
        layers = [k for k, each in enumerate(problem.channels) if each.variable == variable]
        depths = [problem.channels[k].depth for k in layers]
        dims: tuple[str, ...] = problem.grid.dims
        pick: Any = layers
        if depths == [None]:
            pick = layers[0]
        else:
            dims = ("depth", *dims)
            coords["depth"] = ("depth", depths, {"units": "m", "positive": "down"})
        wet = problem.ocean[pick]
        said = variable.answer_attributes
        fields = {"": (analysis.mean, said)}
        if spread is not None:
            fields["_std"] = (spread, _uncertainty(said))
        for suffix, (values, attributes) in fields.items():
            masked = np.where(wet, values[pick], np.nan).astype(np.float32)
            data[variable.name + suffix] = (dims, masked, attributes)
        about = observed_attributes(said["long_name"])
        data[f"{variable.name}{OBSERVED}"] = (dims, seen[pick].astype(np.int8), about)
    return xr.Dataset(data, coords)


def observed_attributes(long_name: str) -> dict[str, str]:
    """Attributes of what marks the cells whose observations of a variable were used.

    They are no flags by CF: those that read an answer would take them for its quality.
    """
    return {"long_name": f"{long_name}: 1 where observations were used, else 0", "units": "1"}


def _uncertainty(said: Mapping[str, str]) -> dict[str, str]:
    """Attributes of the standard deviation of a variable with these attributes."""
    about = {
        "long_name": f"{said['long_name']}: standard deviation of its uncertainty",
        "units": said["units"],
    }
    if "standard_name" in said:
        about["standard_name"] = f"{said['standard_name']} standard_error"
    return about


def by_level(dataset: "xr.Dataset", name: str) -> list[dict[str, Any]]:
    """Mean by area, extremes, and RMS standard deviation of each level that has water.

    Args:
        dataset: `<name>` and `<name>_std`, both (time, depth, latitude, longitude).
    """
    import numpy as np

    from thermocline.ocean.axes import cell_edges

    south, north = (np.sin(np.radians(e)) for e in cell_edges(dataset["latitude"].values, -90, 90))
    west, east = cell_edges(dataset["longitude"].values, -540, 540)
    area = np.abs(north - south)[:, None] * (east - west)
    levels = []
    for index, metres in enumerate(dataset["depth"].values):
        mean = dataset[name].values[0, index].astype(np.float64)
        std = dataset[f"{name}_std"].values[0, index].astype(np.float64)
        sea = np.isfinite(mean)
        weight = np.where(sea, area, 0.0)
        if not sea.any():
            continue
        spread = float(np.sqrt((weight * np.where(sea, std, 0) ** 2).sum() / weight.sum()))
        levels.append(
            {
                "depth": float(metres),
                "mean": float((weight * np.where(sea, mean, 0)).sum() / weight.sum()),
                "minimum": float(mean[sea].min()),
                "maximum": float(mean[sea].max()),
                "std": spread if np.isfinite(spread) else None,
            }
        )
    return levels


def describe(dataset: "xr.Dataset", area: Any = 1.0) -> dict[str, Any]:
    """Mean, minimum and maximum of every variable; the mean by `area`, of cells or of all alike."""
    import xarray as xr

    return {
        str(name): {
            "mean": float(values.weighted(xr.zeros_like(values, dtype=float) + area).mean()),
            "minimum": float(values.min()),
            "maximum": float(values.max()),
            "units": str(values.attrs.get("units", "")),
        }
        for name, values in dataset.data_vars.items()
        if values.dtype.kind == "f"
    }


def lines(summary: Mapping[str, Any]) -> list[str]:
    """The summary as lines of text."""
    return [
        f"{name}: mean {found['mean']:.3f}, from {found['minimum']:.3f} to {found['maximum']:.3f}"
        + (f" {found['units']}" if found["units"] != "1" else "")
        for name, found in summary.items()
        if isinstance(found, Mapping) and "minimum" in found
    ]
