"""The endpoint of this system. Light: the code that answers is imported by the first request."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermocline.systems.endpoint import Endpoint, Options, lazy_function, lazy_object

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.systems.superres.endpoints.request import SuperresolveRequest
    from thermocline.systems.superres.model.method import Superresolver

WANTS = "a gridded NetCDF"


def _answer(
    model: "Superresolver", request: "SuperresolveRequest", options: Options
) -> "xr.Dataset":
    from thermocline.systems.superres.endpoints.dataset import superresolve

    return superresolve(
        model,
        request.file,
        request.date,
        request.members,
        request.seed,
        error=request.error,
        keep_members=request.needs_members,
        most=options.most_values,
        box=request.box,
        unfinished=options.unfinished,
    )


def _comparison(
    model: "Superresolver", request: "SuperresolveRequest", answer: "xr.Dataset"
) -> "xr.Dataset":
    from thermocline.systems.superres.endpoints.dataset import given

    return given(request.file, request.date, answer)


def _print(summary: Mapping[str, Any]) -> list[str]:
    spread = "–" if summary["std"] is None else f"{summary['std']:.3f}"
    return [
        f"{summary['date']}, {summary['rows']} × {summary['columns']} cells of "
        f"{summary['degrees']:g}°, {summary['sea']:,} of them sea",
        f"mean {summary['mean']:.3f}, minimum {summary['minimum']:.3f}, maximum "
        f"{summary['maximum']:.3f}, uncertainty {spread} °C ({summary['members']} members)",
    ]


def _example(model: "Superresolver | None" = None) -> dict[str, Any]:
    """A front in the South Pacific, 6 × 6 values a quarter of a degree apart."""
    import numpy as np
    import xarray as xr

    axis = 0.25 * np.arange(6) + 0.125
    latitude, longitude = axis - 40.0, axis - 130.0
    sst = 14 - 2 * np.tanh(latitude[:, None] + 39.25 + 0.3 * np.sin(4 * longitude))
    attributes = {"units": "degree_Celsius", "standard_name": "sea_surface_temperature"}
    dataset = xr.Dataset(
        {"sst": (("time", "lat", "lon"), sst[None].astype(np.float32), attributes)},
        coords={
            "time": np.array(["2008-03-14"], "datetime64[ns]"),
            "lat": ("lat", latitude, {"units": "degrees_north"}),
            "lon": ("lon", longitude, {"units": "degrees_east"}),
        },
    )
    return {"file": dataset, "members": 2}


ENDPOINTS = (
    Endpoint(
        route="superresolve",
        summary="A finer sea-surface temperature, with its uncertainty, from a coarse one.",
        details="Upload `file` (multipart/form-data): one day of a regular grid, regional or "
        "global. The answer is a CF NetCDF with mean and standard deviation, or a JSON summary.",
        request=lazy_object("thermocline.systems.superres.endpoints.request:SuperresolveRequest"),
        answer=_answer,
        describe=lazy_function("thermocline.systems.superres.endpoints.overview:summary"),
        print=_print,
        example=_example,
        output="superresolved.nc",
        wants=WANTS,
        smaller="send one day, of a smaller region or packed as 16-bit integers",
        most_values=60_000_000,  # some minutes of two cores
        resumable=True,
        comparison=_comparison,
        exclusive=True,
    ),
)
