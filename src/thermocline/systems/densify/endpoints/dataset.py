"""A day's temperature and salinity at depth as a CF dataset, and in numbers."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from thermocline.answers.dataset import by_level, dataset_of
from thermocline.answers.departure import departure, far_observations
from thermocline.answers.request import check_members, check_seed
from thermocline.answers.warnings import far_from_climatology, few_members, outside_training, warn
from thermocline.concurrency import in_turn
from thermocline.sources.account import ATTRIBUTE as ACCOUNT
from thermocline.systems.densify.data.raw import SURFACE, WATER
from thermocline.systems.densify.endpoints.answer import (
    attributes_of,
    dated,
    mixed_layer_of,
    with_members,
)
from thermocline.systems.densify.endpoints.observed import RequestProblem, problem_of_request

if TYPE_CHECKING:
    from thermocline.ocean.problem import Analysis
    from thermocline.systems.densify.endpoints.request import DensifyRequest
    from thermocline.systems.densify.model.method import Densifier

BAND = 1.645
"""Standard deviations on either side that hold 90 % of a Gaussian."""
WHOLE = 0.9
"""Share of the region's sea that a surface field has to cover not to be warned of."""


def densify(model: "Densifier", request: "DensifyRequest", keep_members: bool) -> xr.Dataset:
    """`thetao` and `so` of a day with `_std`, the ends of 90 % bands, and the mixed layer's depth.

    Dims: time, depth, latitude, longitude; `<name>_lower` and `<name>_upper` hold 90 % of what may
    be; `<name>_members` has a first dim `member`.
    """
    members = check_members(request.members or model.settings.sampling.members)
    found = problem_of_request(model, request)
    seed = check_seed(request.seed)
    with in_turn():
        reliance = model.judge(found.problem)
        answer = model.relying(found.problem, members, seed, reliance)
    dataset = dataset_of(found.problem, answer)
    for name in WATER:
        mean, std = dataset[name], dataset[f"{name}_std"]
        long_name = mean.attrs["long_name"]
        standard = mean.attrs["standard_name"]
        std.attrs |= {
            "standard_name": f"{standard} standard_error",
            "long_name": f"{long_name}: standard deviation of its uncertainty",
        }
        for end, sign in (("lower", -1), ("upper", 1)):
            words = f"{long_name}: {end} end of the band that holds 90 %"
            dataset[f"{name}_{end}"] = (mean + sign * BAND * std).assign_attrs(
                standard_name=standard, long_name=words, units=mean.attrs["units"]
            )
        mean.attrs["ancillary_variables"] = f"{name}_std {name}_lower {name}_upper"
    dataset["mixed_layer_depth"] = mixed_layer_of(dataset["thetao"])
    if keep_members and answer.members is not None:
        dataset = with_members(dataset, answer)
    dataset = dated(dataset, found.problem.time)
    dataset.attrs = attributes_of(found, answer, members, seed) | reliance.as_numbers()
    departed = _departure(model, found)
    dataset.attrs |= departed
    dataset.attrs[ACCOUNT] = found.account.to_json()
    messages = [*reliance.words(), *far_observations(departed), *_warnings(model, found, answer)]
    own = model.settings
    stated = own.model.start != "climatology" and own.sampling.start == "draws"
    messages += [] if stated else few_members(members)
    warn(dataset, *messages)
    return dataset


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """The day, the region, and each level's mean, extremes and deviation; plain JSON values."""
    attributes = dataset.attrs
    layer = dataset["mixed_layer_depth"]
    area: Any = np.cos(np.radians(layer["latitude"]))
    return {
        "date": attributes["date"],
        "region": attributes["region"],
        "surface": str(attributes["surface_fields"]).split(),
        "observed": {"columns": int(attributes["columns_observed"])},
        "mixed_layer_depth": {
            "mean": float(layer.weighted(area).mean()),
            "min": float(layer.min()),
            "max": float(layer.max()),
        },
        **{name: by_level(dataset, name) for name in WATER},
        "reliance": {
            name: float(attributes[f"reliance_{name}"]) for name in ("weight", "uncertainty_factor")
        },
        "members": int(attributes["members"]),
        "seed": int(attributes["seed"]),
        "evaluations": int(attributes["network_evaluations"]),
    }


def climatology(model: "Densifier", answer: xr.Dataset) -> xr.Dataset:
    """`thetao_climatology` and `so_climatology`: what is usual in the region on an answer's day."""
    usual = model.regions[answer.attrs["region"]].climate.mean(np.datetime64(answer.attrs["date"]))
    levels, fields = answer.sizes["depth"], xr.Dataset()
    for number, name in enumerate(WATER):
        part = usual[number * levels : (number + 1) * levels][None]
        about = {"long_name": "Climatology", "units": answer[name].attrs["units"]}
        field = (answer[name].dims, part.astype(np.float32), about)
        fields[f"{name}_climatology"] = xr.Variable(*field).where(answer[name].variable.notnull())
    return fields


def _departure(model: "Densifier", found: RequestProblem) -> dict[str, Any]:
    """Of the profiles from the climatology of their region."""
    problem, climate = found.problem, model.regions[found.region].climate
    water = slice(0, len(model.channels))
    normal, std = climate.mean(problem.time)[water], climate.std[water, None, None]
    scale = std + np.zeros_like(normal)
    off = [(each.y - each.operator(normal)) / each.operator(scale) for each in problem.observations]
    return departure(np.concatenate(off) if off else np.zeros(0))


def _warnings(model: "Densifier", found: RequestProblem, answer: "Analysis") -> list[str]:
    problem, climate = found.problem, model.regions[found.region].climate
    normal, scale = climate.mean(problem.time), climate.std[:, None, None]
    water = slice(0, len(model.channels))
    anomaly = (answer.mean - normal[water]) / scale[water]
    messages = outside_training(problem.time.astype(object).year, *model.contract.years)
    messages += far_from_climatology(np.nan_to_num(anomaly), problem.ocean)
    for number, name in enumerate(SURFACE, start=len(model.channels)):
        if name in problem.covariates:
            off = (problem.covariates[name] - normal[number])[climate.ocean] / climate.std[number]
            if abs(np.nanmean(off)) > 3:
                messages.append(
                    f"{name} is {np.nanmean(off):+.1f} standard deviations from the climatology on "
                    "average: check its reference level, its units and its date"
                )
    for name, known in model.regions[found.region].known(problem).items():
        share = known.sum() / climate.ocean.sum()
        if share < WHOLE:
            messages.append(
                f"{name} covers {share:.0%} of the region's sea: away from there the answer is as "
                "uncertain as without it"
            )
    return messages
