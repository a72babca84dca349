"""The questions that models of this system answer. Light: what answers is imported when asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermocline.systems.endpoint import Endpoint, Options, lazy_function, lazy_object
from thermocline.systems.seaice.endpoints.limits import WANTS

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.systems.seaice.endpoints.request import GenerateRequest, IceRequest
    from thermocline.systems.seaice.model.method import IceModel


def _answer(model: "IceModel", request: "GenerateRequest", options: Options) -> "xr.Dataset":
    from thermocline.systems.seaice.endpoints.dataset import generated

    return generated(model, request.states, request.month, request.seed)


def _print(summary: Mapping[str, Any]) -> list[str]:
    season = f"month {summary['month']}" if summary["month"] else "any season"
    return [
        f"{len(summary['states'])} states of {season}",
        f"{'state':>7} {'extent (10⁶ km²)':>18} {'volume (10³ km³)':>18}",
    ] + [
        f"{number:>7} {state['extent']:>18.2f} {state['volume']:>18.2f}"
        for number, state in enumerate(summary["states"])
    ]


def _example(model: "IceModel | None" = None) -> dict[str, Any]:
    """Two states of March."""
    return {"states": 2, "month": 3}


def _ice_answer(model: "IceModel", request: "IceRequest", options: Options) -> "xr.Dataset":
    from thermocline.systems.seaice.endpoints.dataset import conditioned

    return conditioned(model, request, request.needs_members)


def _ice_print(summary: Mapping[str, Any]) -> list[str]:
    from thermocline.answers.dataset import lines

    head = f"{summary['date']}: extent {summary['extent']:.2f} million km²"
    return [head, summary["observations"], *lines(summary["variables"])]


def _ice_example(model: "IceModel | None" = None) -> dict[str, Any]:
    """Three places of the Arctic in March."""
    return {
        "date": "2008-03-14",
        "observations": [
            {"latitude": 85.0, "longitude": 0.0, "concentration": 1.0, "thickness": 2.1},
            {"latitude": 75.0, "longitude": -150.0, "concentration": 0.97},
            {"latitude": 72.0, "longitude": 5.0, "concentration": 0.0},
        ],
        "members": 4,
    }


ENDPOINTS = (
    Endpoint(
        route="generate",
        summary="States of Arctic sea ice that could be, of a month or of any season.",
        details="The answer is a CF NetCDF with thickness, concentration, damage and drift of each "
        "state on a polar map, or a JSON summary of extents and volumes.",
        request=lazy_object("thermocline.systems.seaice.endpoints.request:GenerateRequest"),
        answer=_answer,
        describe=lazy_function("thermocline.systems.seaice.endpoints.dataset:summary"),
        print=_print,
        example=_example,
        output="generated.nc",
        smaller="ask for fewer states",
    ),
    Endpoint(
        route="seaice",
        summary="Arctic sea ice of a day, with its uncertainty, from sparse observations.",
        details="Give either `observations` with a `date`, or upload `file`, a gridded "
        "concentration or a CSV table of points (multipart/form-data). The answer is a CF NetCDF "
        "with mean and standard deviation of thickness, concentration, damage and drift on a polar "
        "map, or a summary.",
        request=lazy_object("thermocline.systems.seaice.endpoints.request:IceRequest"),
        answer=_ice_answer,
        describe=lazy_function("thermocline.systems.seaice.endpoints.dataset:conditioned_summary"),
        print=_ice_print,
        example=_ice_example,
        output="seaice.nc",
        wants=WANTS,
        smaller="send fewer observations",
    ),
)
