"""The problem of a request: day, region, values in cells, and an account of dropped values."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from thermocline.errors import BadObservations
from thermocline.observe.profiles import at_levels
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Field, Observed, Problem
from thermocline.sources.account import Account
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.data.raw import DAYS, WATER
from thermocline.systems.densify.endpoints.profiles import day_of, near, profiles_of
from thermocline.systems.densify.endpoints.regions import profiles_inside, region_of_most
from thermocline.systems.densify.endpoints.surface import only_day, only_region, surface_fields

if TYPE_CHECKING:
    from thermocline.systems.densify.endpoints.request import DensifyRequest
    from thermocline.systems.densify.model.method import Densifier


@dataclass(frozen=True)
class RequestProblem:
    """A problem, the name of its region, and the account of the given values."""

    problem: Problem
    region: str
    account: Account


def problem_of_request(model: "Densifier", request: "DensifyRequest") -> RequestProblem:
    """The problem of a request.

    Raises:
        BadObservations: for nothing that can be used, no date, or no region.
        BadData, BadFile: for files that are not what they have to be.
    """
    profiles, account = profiles_of(request)
    if not profiles.sizes["n_prof"] and request.surface is None:
        raise BadObservations(
            "neither observations nor a surface field",
            where="request",
            fix="give `observations` with a `date`, a `file` of profiles, or a `surface` file",
        )
    inside = profiles_inside(model, request, profiles)
    day = day_of(request, profiles["time"].values[np.any(list(inside.values()), axis=0)])
    fields: dict[str, Field] = {}
    notes: list[str] = []
    if request.surface is None:
        region = region_of_most(model, inside, profiles, _known(day))
    else:
        path = request.surface
        day = _known(only_day(path) if np.isnat(day) else day)
        alone = not np.any(list(inside.values()))
        named = next(iter(inside)) if request.region is not None else None
        named = named or (only_region(path, model.grids) if alone else None)
        region = named or region_of_most(model, inside, profiles, day)
        ocean = model.regions[region].climate.ocean
        fields, notes = surface_fields(path, model.grids[region], ocean, day)
    known, grid = model.regions[region], model.grids[region]
    observed, dropped = _observed(model, known, grid, profiles, day)
    account = account.without(dropped).noted(*notes)
    if not observed and not fields:
        gone = (f"{count:,} {why}" for why, count in account.dropped.items())
        listed = "; ".join([*gone, *notes])
        raise BadObservations(
            f"no value can be used: {listed}",
            where="observations",
            fix=f"give values on the sea of {region}, within {DAYS} days of the day",
        )
    problem = Problem(
        grid, model.channels, known.wet, day, observed, fields, f"{region}/request/{day}"
    )
    return RequestProblem(problem, region, account)


def _known(day: np.datetime64) -> np.datetime64:
    """A day; raises BadObservations for none."""
    if np.isnat(day):
        raise BadObservations("no date", where="request", fix='add the day, such as "2005-03-14"')
    return day


def _observed(
    model: "Densifier",
    region: Linear,
    grid: LatLonGrid,
    profiles: xr.Dataset,
    day: np.datetime64,
) -> tuple[tuple[Observed, ...], dict[str, int]]:
    """Values at levels, means over the profiles of a cell, and how many were dropped, by reason.

    A mean has weights w ∝ 1/(e² + r²) and the error √(Σ w² e² + r²): instruments' errors e average
    out, what a cell does not resolve (r) does not.
    """
    place = profiles["latitude"].values, profiles["longitude"].values
    late, off = ~near(profiles["time"].values, day), ~grid.contains(*place)
    row, column = grid.locate(*place)
    sea, floor = region.climate.ocean[row, column], region.wet[:, row, column].T
    depth, levels = np.asarray(model.depth, float), len(model.depth)
    errors, cells = model.settings.data.errors, grid.shape[0] * grid.shape[1]
    unresolved = errors.representativeness * region.climate.std[: 2 * levels]
    dropped: dict[str, int] = {}
    parts = []
    for number, name in enumerate(WATER):
        values, represents = at_levels(profiles, depth, name)
        held = np.isfinite(profiles[name].values).sum(axis=1)
        reached = represents.sum(axis=1)
        left = np.ones(len(held), bool)
        for why, gone in (
            (f"more than {DAYS} days from the day", late),
            ("outside the region", off),
            ("on land", ~sea),
        ):
            dropped[why] = dropped.get(why, 0) + int(held[left & gone].sum())
            left &= ~gone
        why = "too far from the model's levels"
        dropped[why] = dropped.get(why, 0) + int((held - reached)[left].sum())
        below = np.isfinite(values) & ~floor[:, number * levels : (number + 1) * levels]
        why = "below the sea floor of the model"
        dropped[why] = dropped.get(why, 0) + int(represents[below & left[:, None]].sum())
        values[below] = np.nan
        stated, _ = at_levels(profiles, depth, f"{name}_error")
        e = np.where(np.isfinite(stated), stated, getattr(errors, name))
        profile, level = np.nonzero(np.isfinite(values) & left[:, None])
        index = (number * levels + level) * cells + (row * grid.shape[1] + column)[profile]
        parts.append((index, values[profile, level], e[profile, level]))
    index, y, e = (np.concatenate(each) for each in zip(*parts, strict=True))
    if not index.size:
        return (), dropped
    found, of = np.unique(index, return_inverse=True)
    r = unresolved[found // cells]
    precision = 1 / (e**2 + r[of] ** 2)
    w = precision / np.bincount(of, precision)[of]
    operator = Cells((2 * levels, *grid.shape), found)
    s = np.sqrt(np.bincount(of, w**2 * e**2) + r**2)
    mean = np.bincount(of, w * y).astype(np.float64)
    return (Observed(operator, mean, s),), dropped


def typical(model: "Densifier", date: str) -> list[tuple[float, ...]]:
    """Latitude, longitude, depth, temperature, salinity: two levels of a climatology's column."""
    name, grid = next(iter(model.grids.items()))
    climate, levels = model.regions[name].climate, len(model.depth)
    cells = np.argwhere(climate.ocean)
    row, column = cells[len(cells) // 2]
    normal = climate.mean(np.datetime64(date, "D"))[:, row, column]
    place = round(float(grid.latitude[row]), 4), round(float(grid.longitude[column]), 4)
    return [
        (*place, float(model.depth[k]), *(round(float(normal[c]), 3) for c in (k, levels + k)))
        for k in (0, levels // 2)
    ]
