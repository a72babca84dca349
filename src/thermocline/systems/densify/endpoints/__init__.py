"""The endpoint of this system. Light: the code that answers is imported by the first request."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermocline.systems.densify.endpoints.limits import MAX_OBSERVATIONS, WANTS
from thermocline.systems.endpoint import Endpoint, Options, lazy_function, lazy_object

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.systems.densify.endpoints.request import DensifyRequest
    from thermocline.systems.densify.model.method import Densifier


def _answer(model: "Densifier", request: "DensifyRequest", options: Options) -> "xr.Dataset":
    from thermocline.systems.densify.endpoints.dataset import densify

    return densify(model, request, request.needs_members)


def _comparison(
    model: "Densifier", request: "DensifyRequest", answer: "xr.Dataset"
) -> "xr.Dataset":
    from thermocline.systems.densify.endpoints.dataset import climatology

    return climatology(model, answer)


def _print(summary: Mapping[str, Any]) -> list[str]:
    fields, layer = " ".join(summary["surface"]) or "none", summary["mixed_layer_depth"]
    lines = [
        f"{summary['date']}, {summary['region'].replace('_', ' ')}",
        f"{summary['observed']['columns']} observed columns; surface fields: {fields}",
        "mixed layer: below the deepest level"
        if layer["mean"] is None
        else f"mixed layer: {layer['mean']:.0f} m, from {layer['min']:.0f} to {layer['max']:.0f} m",
        f"{'depth (m)':>10} {'°C':>8} {'± std':>7} {'PSU':>8} {'± std':>7}",
    ]
    for t, s in zip(summary["thetao"], summary["so"], strict=True):
        lines.append(
            f"{t['depth']:>10.0f} {t['mean']:>8.3f} {t['std']:>7.3f} {s['mean']:>8.3f} "
            f"{s['std']:>7.3f}"
        )
    return lines


def _example(model: "Densifier | None" = None) -> dict[str, Any]:
    """A profile of two levels in the Gulf Stream; of a given model, of a region's climatology."""
    points: list[tuple[float, ...]]
    if model is None:
        points = [(30.5, -75.5, 5.0, 21.0, 36.6), (30.5, -75.5, 200.0, 18.3, 36.5)]
    else:
        from thermocline.systems.densify.endpoints.observed import typical

        points = typical(model, "2005-03-16")
    columns = ("latitude", "longitude", "depth", "temperature", "salinity")
    observations = [dict(zip(columns, point, strict=True)) for point in points]
    return {"date": "2005-03-16", "observations": observations, "members": 4}


ENDPOINTS = (
    Endpoint(
        route="densify",
        summary="Temperature and salinity at depth, with their uncertainty, from profiles and "
        "surface fields.",
        details="Give `observations` with a `date`, or upload `file`, profiles whose middle day is "
        "taken if there is no date; upload gridded fields of the sea surface as `surface` "
        "(multipart/form-data). Either is enough, both are better. The answer is a CF NetCDF with "
        "mean, standard deviation and 90 % bands at every level and the depth of the mixed layer, "
        "or a summary.",
        request=lazy_object("thermocline.systems.densify.endpoints.request:DensifyRequest"),
        answer=_answer,
        describe=lazy_function("thermocline.systems.densify.endpoints.dataset:summary"),
        print=_print,
        example=_example,
        output="densified.nc",
        wants=WANTS,
        smaller=f"send at most {MAX_OBSERVATIONS:,} observations, of one day",
        comparison=_comparison,
    ),
)
