"""States as CF datasets: generated ones, and one given observations."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS

from thermocline.answers.dataset import OBSERVED, dataset_of, describe
from thermocline.answers.departure import far_observations
from thermocline.answers.request import check_members, check_seed
from thermocline.answers.warnings import warn
from thermocline.concurrency import in_turn
from thermocline.ocean.cf import about
from thermocline.ocean.projected import ProjectedGrid
from thermocline.sources.account import ATTRIBUTE as ACCOUNT
from thermocline.systems.seaice.data.physics import CONCENTRATION, THICKNESS
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.endpoints.observed import asked
from thermocline.systems.seaice.endpoints.usual import departed, out_of_years, too_thick
from thermocline.verify.metrics.ice_edge import THRESHOLD

if TYPE_CHECKING:
    from thermocline.systems.seaice.endpoints.request import IceRequest
    from thermocline.systems.seaice.model.method import IceModel

SOURCE = "diffusion model of sea ice"
REFERENCES = "Finn et al. (2024), doi:10.48550/arXiv.2406.18417: latent diffusion of sea ice"
MAPPED = {"grid_mapping": "crs"}
MIDDLE = (16, 46, 75, 106, 136, 167, 197, 228, 259, 289, 320, 350)
"""Day of the year in the middle of each month."""


def generated(model: "IceModel", states: int, month: int | None, seed: int) -> xr.Dataset:
    """`states` states of a calendar month, or of any season: dims realization, y, x."""
    day = None if month is None else MIDDLE[month - 1]
    with in_turn():
        fields = np.where(model.ocean, model.generate(states, day, seed), np.nan)
    coords: dict[str, Any] = dict(model.grid.coordinates())
    coords["realization"] = _numbered(states, "Number of the state")
    data: dict[str, Any] = {}
    for channel, variable in enumerate(ICE):
        said = variable.answer_attributes | MAPPED
        dims = ("realization", *model.grid.dims)
        data[variable.name] = (dims, fields[:, channel].astype(np.float32), said)
    data |= _totals(model, fields)
    season = "any season" if month is None else f"month {month}"
    attributes = about(
        title="Generated states of sea ice",
        source=SOURCE,
        history=f"generate: {states} states of {season}, seed {seed}",
        references=REFERENCES,
        comment="Drawn from a model of many states: no real day. Each state keeps its bounds, "
        "and has no thickness, damage or drift where there is no ice.",
    ) | {
        "month": month or 0,
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "network_evaluations": 2 * model.settings.sampling.steps - 1,
    }
    return xr.Dataset(data, coords, attributes).reset_coords("crs")


def conditioned(model: "IceModel", request: "IceRequest", keep_members: bool) -> xr.Dataset:
    """Mean and standard deviation of all variables, given observations: dims y, x.

    Also the scalars `extent`, of the mean's concentration on the whole map, and `time`.
    """
    members = check_members(request.members or model.settings.sampling.members)
    problem, said, account = asked(model, request)
    seed = check_seed(request.seed)
    with in_turn():
        answer = model.analyse(problem, members, seed)
    dataset = dataset_of(problem, answer).reset_coords("crs")
    _on_the_map(dataset)
    if keep_members and answer.members is not None:
        _add_members(dataset, model, answer.members)
    dataset["extent"] = _extent(dataset["siconc"].values, np.asarray(model.grid.cell_area()))
    noon = problem.time.astype("datetime64[D]").astype("datetime64[ns]") + np.timedelta64(12, "h")
    dataset.coords["time"] = ((), noon, {"standard_name": "time", "long_name": "Noon of the day"})
    off = departed(model.ensemble, problem)
    agrees = answer.agreement
    assert agrees is not None  # there are observations
    day = np.datetime_as_string(problem.time, "D")
    dataset.attrs = about(
        title=f"Sea ice reconstructed from observations, {day}",
        source=SOURCE,
        history=f"seaice: {said}; {members} members, seed {seed}",
        references=REFERENCES,
        comment="Mean and standard deviation given the observations.",
    ) | {
        "date": str(day),
        "observations": said,
        ACCOUNT: account.to_json(),
        "members": members,
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "network_evaluations": answer.evaluations,
        **off,
        **{f"trust_{name}": value for name, value in agrees.as_numbers().items()},
    }
    warn(
        dataset,
        *agrees.words(),
        *far_observations(off, "the season's training states"),
        *too_thick(model.ensemble, problem),
        *out_of_years(model, problem),
    )
    return dataset


def _on_the_map(dataset: xr.Dataset) -> None:
    """Name each variable's projection, and the variable that holds its standard deviation."""
    for variable in ICE:
        named = f"{variable.name}_std"
        dataset[variable.name].attrs |= {"ancillary_variables": named}
        for each in (variable.name, named, f"{variable.name}{OBSERVED}"):
            if each in dataset:
                dataset[each].attrs |= MAPPED


def _add_members(dataset: xr.Dataset, model: "IceModel", members: NDArray) -> None:
    """Add the members [M, C, H, W] of each variable, along `realization`."""
    dataset.coords["realization"] = _numbered(len(members), "Number of the member")
    for channel, variable in enumerate(ICE):
        values = np.where(model.ocean, members[:, channel], np.nan).astype(np.float32)
        told = variable.answer_attributes | MAPPED
        told["long_name"] += ", of each member"
        dims = ("realization", *model.grid.dims)
        dataset[f"{variable.name}_members"] = (dims, values, told)


def conditioned_summary(dataset: xr.Dataset) -> dict[str, Any]:
    """The day, its extent in 10⁶ km², and the means by area of each variable; plain JSON values."""
    projection = CRS.from_cf(dataset["crs"].attrs)
    grid = ProjectedGrid(dataset["x"].values, dataset["y"].values, projection.to_wkt())
    names = [variable.name for variable in ICE]
    return {
        "date": dataset.attrs["date"],
        "observations": dataset.attrs["observations"],
        "trust": {
            name.removeprefix("trust_"): float(value)
            for name, value in dataset.attrs.items()
            if name.startswith("trust_")
        },
        "extent": float(dataset["extent"]) / 1e12,
        "members": int(dataset.attrs["members"]),
        "seed": int(dataset.attrs["seed"]),
        "variables": describe(
            dataset[[n + part for n in names for part in ("", "_std")]], grid.cell_area()
        ),
    }


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """Extent in 10⁶ km² and volume in 10³ km³ of each state; plain JSON values."""
    pairs = zip(dataset["extent"].values / 1e12, dataset["volume"].values / 1e12, strict=True)
    return {
        "month": int(dataset.attrs["month"]) or None,
        "seed": int(dataset.attrs["seed"]),
        "states": [{"extent": float(e), "volume": float(v)} for e, v in pairs],
        "evaluations": int(dataset.attrs["network_evaluations"]),
    }


def _numbered(count: int, long_name: str) -> tuple[str, NDArray, dict[str, str]]:
    """The coordinate `realization`."""
    said = {"standard_name": "realization", "long_name": long_name, "units": "1"}
    return "realization", np.arange(count, dtype=np.int32), said


def _extent(ice: NDArray, area: NDArray) -> tuple[tuple[()], np.float64, dict[str, str]]:
    """The variable `extent` of a map of concentration, NaN on land."""
    words = "Area of the whole map's cells with ice on 15 % of them or more"
    said = {"standard_name": "sea_ice_extent", "long_name": words, "units": "m2"}
    return (), np.float64((area * (ice >= THRESHOLD)).sum()), said


def _totals(model: "IceModel", states: NDArray) -> dict[str, Any]:
    """Extent (m²) and volume (m³) of states [N, 5, H, W], NaN on land."""
    area = np.asarray(model.grid.cell_area())
    ice = np.nan_to_num(states)
    totals = {
        "extent": (ice[:, CONCENTRATION] >= THRESHOLD, "sea_ice_extent", "m2"),
        "volume": (ice[:, THICKNESS], "sea_ice_volume", "m3"),
    }
    return {
        name: (
            "realization",
            (values * area).sum(axis=(1, 2)),
            {"standard_name": standard, "long_name": f"Total {name}", "units": units},
        )
        for name, (values, standard, units) in totals.items()
    }
