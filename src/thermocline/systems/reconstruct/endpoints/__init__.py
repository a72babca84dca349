"""The questions that models of this system answer. Light: what answers is imported when asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermocline.systems.endpoint import Endpoint, Options, lazy_function, lazy_object
from thermocline.systems.reconstruct.endpoints.limits import MAX_OBSERVATIONS

if TYPE_CHECKING:
    import xarray as xr

    from thermocline.systems.reconstruct.endpoints.request import ReconstructRequest
    from thermocline.systems.reconstruct.model.method import Reconstructor


CLIMATOLOGY = "a gridded NetCDF of temperature by depth in twelve months"
WANTS = "EN4 or Argo profiles as NetCDF, or a CSV table"


def _answer(
    model: "Reconstructor", request: "ReconstructRequest", options: Options
) -> "xr.Dataset":
    from thermocline.systems.reconstruct.endpoints.dataset import reconstruct
    from thermocline.systems.reconstruct.endpoints.tables import requested_observations

    read = requested_observations(model, request, WANTS)
    dataset = reconstruct(
        _asked(model, request),
        read.observations,
        read.month,
        request.members,
        request.seed,
        request.needs_members,
        read.account,
    )
    if request.climatology is not None:
        dataset.attrs["climatology"] = "of the request"
    return dataset


def _asked(model: "Reconstructor", request: "ReconstructRequest") -> "Reconstructor":
    """The model, with the request's climatology if it has one."""
    if request.climatology is None:
        return model
    from thermocline.answers.reading import read
    from thermocline.systems.reconstruct.model.climatology import FIELD, of_file, replaced

    axes = model.grid.latitude, model.grid.longitude, model.depth
    found = read(of_file, request.climatology, CLIMATOLOGY, *axes)
    return replaced(model, found[FIELD].values)


def _comparison(
    model: "Reconstructor", request: "ReconstructRequest", answer: "xr.Dataset"
) -> "xr.Dataset":
    from thermocline.systems.reconstruct.endpoints.dataset import climatology

    return climatology(_asked(model, request), answer)


def _print(summary: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{summary['date']}, potential temperature in °C",
        f"{'depth (m)':>10} {'mean':>8} {'minimum':>8} {'maximum':>8} {'uncertainty':>12}",
    ]
    for level in summary["levels"]:
        spread = "–" if level["std"] is None else f"{level['std']:.3f}"
        lines.append(
            f"{level['depth']:>10.0f} {level['mean']:>8.3f} {level['minimum']:>8.3f} "
            f"{level['maximum']:>8.3f} {spread:>12}"
        )
    return lines


def _example(model: "Reconstructor | None" = None) -> dict[str, Any]:
    """Three observations of the equatorial Atlantic; of a given model, a profile it may meet."""
    places = [(0.5, -23.0, 5.0, 27.1), (0.5, -23.0, 100.0, 18.4), (-4.2, -10.4, 50.0, 22.6)]
    if model is not None:
        from thermocline.systems.reconstruct.endpoints.example import warm_profile

        places = warm_profile(model)
    columns = ("latitude", "longitude", "depth", "temperature")
    observations = [dict(zip(columns, place, strict=True)) for place in places]
    return {"date": "2008-03", "observations": observations, "members": 4}


ENDPOINTS = (
    Endpoint(
        route="reconstruct",
        summary="A complete temperature field, with its uncertainty, from sparse observations.",
        details="Give either `observations` with a `date`, or upload `file` (multipart/form-data), "
        "whose middle month is taken if there is no date; `climatology` may be a file of your own, "
        "too. The answer is a JSON summary, or a CF NetCDF with the mean and standard deviation of "
        "the month's temperature.",
        request=lazy_object("thermocline.systems.reconstruct.endpoints.request:ReconstructRequest"),
        answer=_answer,
        describe=lazy_function("thermocline.systems.reconstruct.endpoints.overview:summary"),
        print=_print,
        example=_example,
        default_format="json",
        output="reconstruction.nc",
        wants=WANTS,
        smaller=f"send at most {MAX_OBSERVATIONS:,} observations, of one month",
        step="month",
        comparison=_comparison,
    ),
)
