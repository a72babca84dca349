"""An analysis as a CF dataset, and in a few words: what an endpoint needs that asks for no more."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.ocean.problem import Analysis, Problem


def dataset_of(problem: "Problem", analysis: "Analysis") -> "xr.Dataset":
    """Mean and standard deviation of each variable on its depths and the problem's grid.

    Dims: depth, where a variable has one, then the grid's own; names such as `thetao` and
    `thetao_std`; units and standard names as `ocean.variables` has them.
    """
    import numpy as np
    import xarray as xr

    coords, data = dict(problem.grid.coordinates()), {}
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
        fields = {"": (analysis.mean, variable.attributes)}
        if spread is not None:
            fields["_std"] = (spread, {"units": variable.units})
        for suffix, (values, attributes) in fields.items():
            masked = np.where(wet, values[pick], np.nan).astype(np.float32)
            data[variable.name + suffix] = (dims, masked, attributes)
    return xr.Dataset(data, coords)


def describe(dataset: "xr.Dataset") -> dict[str, Any]:
    """Mean, minimum and maximum of every variable."""
    return {
        str(name): {
            "mean": float(values.mean()),
            "minimum": float(values.min()),
            "maximum": float(values.max()),
            "units": str(values.attrs.get("units", "")),
        }
        for name, values in dataset.data_vars.items()
        if values.dtype.kind == "f"
    }


def lines(summary: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    return [
        f"{name}: mean {found['mean']:.3f}, from {found['minimum']:.3f} to {found['maximum']:.3f} "
        f"{found['units']}"
        for name, found in summary.items()
        if isinstance(found, Mapping) and "minimum" in found
    ]
