"""The questions that models of this system answer. Light: what answers is imported when asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermocline.systems.protocol import Endpoint, Options

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.systems.seaice.endpoints.request import GenerateRequest
    from thermocline.systems.seaice.model.method import IceModel


def _request() -> "type[GenerateRequest]":
    from thermocline.systems.seaice.endpoints.request import GenerateRequest

    return GenerateRequest


def _answer(model: "IceModel", request: "GenerateRequest", options: Options) -> "xr.Dataset":
    from thermocline.systems.seaice.endpoints.dataset import generated

    return generated(model, request.states, request.month, request.seed)


def _describe(dataset: "xr.Dataset") -> dict[str, Any]:
    from thermocline.systems.seaice.endpoints.dataset import summary

    return summary(dataset)


def _print(summary: Mapping[str, Any]) -> list[str]:
    return ["state   extent (10⁶ km²)   volume (10³ km³)"] + [
        f"{number:>5} {state['extent']:>18.2f} {state['volume']:>18.2f}"
        for number, state in enumerate(summary["states"])
    ]


def _example(model: "IceModel | None" = None) -> dict[str, Any]:
    """Two states of March."""
    return {"states": 2, "month": 3}


ENDPOINTS = (
    Endpoint(
        route="generate",
        summary="States of Arctic sea ice that could be, of a month or of any season.",
        details="The answer is a CF NetCDF with thickness, concentration, damage and drift of each "
        "state on a polar map, or a JSON summary of extents and volumes.",
        request=_request,
        answer=_answer,
        describe=_describe,
        print=_print,
        example=_example,
        output="generated.nc",
        smaller="ask for fewer states",
    ),
)
