"""A coarse day of sea-surface temperature in, the same day several times finer out: CF NetCDF."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from thermocline.answers.request import check_members, check_seed
from thermocline.answers.view import no_value, part_of
from thermocline.answers.warnings import few_members, warn
from thermocline.concurrency import in_turn
from thermocline.errors import BadData
from thermocline.observe.tiles import Tiling
from thermocline.ocean.axes import cell_edges
from thermocline.ocean.cf import about, crs, horizontal, member_axis
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import ATTRIBUTE
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.endpoints.coarse import (
    MAX_CELLS,
    VARIABLE,
    Coarse,
    fine_axes,
    fine_problem,
    read_coarse,
)
from thermocline.systems.superres.endpoints.kept import finer_in_files
from thermocline.systems.superres.endpoints.tiled import OVERLAP, SIZE, Finer, finer
from thermocline.systems.superres.endpoints.unusual import one_value, other_blocks, unusual
from thermocline.systems.superres.model.contract import SuperresContract
from thermocline.systems.superres.model.method import Superresolver

MAX_VALUES = 300_000_000
"""Cells times members of an answer, at most."""
MAX_KEPT = 100_000_000
"""The same, if every member is to be written."""
REFERENCES = (
    "Huang et al. (2025), UADM (uncertainty-guided adversarial diffusion of SST); "
    "Yue, Wang & Loy (2023), doi:10.48550/arXiv.2307.12348 (residual shifting)"
)


def superresolve(
    model: Superresolver,
    source: str | Path | xr.Dataset,
    date: str | None = None,
    members: int | None = None,
    seed: int = 0,
    *,
    error: float | None = None,
    keep_members: bool = False,
    most: int | None = None,
    unfinished: Path | None = None,
    box: str | None = None,
) -> xr.Dataset:
    """A day's sea-surface temperature on cells as much finer as the model makes them.

    Args:
        source: a gridded NetCDF file of any provider, regional or global, or such a dataset.
        date: which day, of a source with several.
        members: ensemble size, the model's default if None. Member k depends on (seed, k) alone.
        error: standard deviation of each given value's error, °C; `coarse.ERROR` if None.
        keep_members: also give `analysed_sst_members` (member, time, latitude, longitude).
        most: cells times members that are allowed, at most `MAX_VALUES`.
        unfinished: a folder for this question to this model alone, in which the finished bands of
            an answer of several are kept: the answer is read from there when it is used, and who
            asks again after a kill goes on from them. Removing it is the caller's affair.
        box: the part that will be wanted of the answer, see `answers.wanted`: it is looked at, and
            refused if nothing is in it; the answer is whole all the same.

    Returns:
        `analysed_sst`, its standard deviation `analysed_sst_std` (°C) and `uncertainty_map`, which
        scales the noise that members begin with (1); float32, NaN on land (see
        the module `coarse` for what is land), nowhere colder than sea water freezes (see
        `limits`). The attribute `account` says what became of the values given, `warnings`, if
        there, what is odd about the answer. The same arguments give the same dataset. Which model
        answered is not in it: `thermocline.predict.sign` adds that.

    Raises:
        BadFile: if the source, or the model, is not what it has to be.
        BadData: see `read_coarse` and `fine_problem`; for too many cells and members.
        BadObservations: for a bad member count or seed.
    """
    contract = model.contract
    count = check_members(contract.config.sampling.members if members is None else members)
    check_seed(seed)
    coarse = read_coarse(source, date, MAX_CELLS // contract.factor**2)
    values = coarse.value.size * contract.factor**2 * count
    limit = min(most or MAX_VALUES, MAX_KEPT if keep_members else MAX_VALUES)
    if values > limit:
        raise _too_many(values // count, count, limit, keep_members and limit == MAX_KEPT)
    problem = fine_problem(coarse, contract.factor, error)
    if box is not None:  # said before minutes of work
        rows, columns, _ = part_of(*fine_axes(coarse, contract.factor), box)
        if not problem.ocean[rows][:, columns].any():
            raise no_value("box")
    several = len(Tiling(problem, SIZE, OVERLAP)) > 1
    with in_turn():
        answer = (
            finer_in_files(model, problem, count, seed, unfinished, keep=keep_members)
            if unfinished and several
            else finer(model, problem, count, seed, keep=keep_members)
        )
    given_error = np.float32(problem.s_y.min())
    if answer.std is not None:  # members are alike where blocks are; what was given errs there too
        answer = replace(answer, std=np.maximum(answer.std, given_error))
    dataset = _dataset(coarse, answer, contract.factor)
    dataset.attrs = _attributes(coarse, contract, problem.s_y.min(), answer, count, seed)
    dataset.attrs[ATTRIBUTE] = coarse.account.to_json()
    north, east = (float(np.median(np.diff(x))) for x in (coarse.latitude, coarse.longitude))
    warn(dataset, *other_blocks(north, east, contract.block))
    warn(dataset, *few_members(count))
    warn(dataset, *unusual(answer.mean, problem.ocean, dataset["latitude"].values, coarse.value))
    warn(dataset, *one_value(coarse.value))
    if coarse.time is not None and not isinstance(coarse.time, np.datetime64):
        dataset["time"].encoding["calendar"] = coarse.time.calendar
    return dataset


def given(source: str | Path | xr.Dataset, date: str | None, answer: xr.Dataset) -> xr.Dataset:
    """`analysed_sst_given`, °C: the coarse values, each on all the cells of its block."""
    blocks = read_coarse(source, date).value
    factor = int(answer.attrs["factor"])
    cells = blocks.repeat(factor, 0).repeat(factor, 1).reshape(answer["analysed_sst"].shape)
    about = {"long_name": "Sea surface temperature as it was given", "units": "degree_Celsius"}
    return xr.Dataset({"analysed_sst_given": (answer["analysed_sst"].dims, cells, about)})


def _too_many(cells: int, members: int, limit: int, kept: bool) -> BadData:
    what = f"{cells:,} cells and {members} members are more than {limit:,} values"
    fixes = [f"ask for at most {limit // cells} members"] if limit >= cells else []
    fixes += ["write mean and spread alone"] if kept else []
    return BadData(
        what + (" to write member by member" if kept else ""),
        where="members",
        fix=", or ".join([*fixes, "cut a region out"]),
    )


def _dataset(coarse: Coarse, answer: Finer, factor: int) -> xr.Dataset:
    latitude, longitude = fine_axes(coarse, factor)
    dims: tuple[str, ...] = ("latitude", "longitude")
    coordinates = horizontal(latitude, longitude)
    for name, values, low, high in (
        ("latitude", latitude, -90, 90),
        ("longitude", longitude, -540, 540),
    ):
        edges = np.stack(cell_edges(values, low, high), axis=1)
        coordinates[f"{name}_bnds"] = ((name, "bnds"), edges)
    if coarse.time is not None:
        dims = ("time", *dims)
        axis = {"standard_name": "time", "long_name": "Time of the coarse field", "axis": "T"}
        coordinates["time"] = ("time", np.array([coarse.time]), axis)
    at_time = lambda field: field[..., None, :, :] if "time" in dims else field
    variable = VARIABLES[VARIABLE]
    cell = {"cell_methods": "area: mean", "grid_mapping": "crs"}
    std = answer.mean * np.float32(np.nan) if answer.std is None else answer.std
    data: dict[str, Any] = {
        "analysed_sst": (
            dims,
            at_time(answer.mean),
            variable.attributes
            | cell
            | {"ancillary_variables": "analysed_sst_std uncertainty_map"},
        ),
        "analysed_sst_std": (
            dims,
            at_time(std),
            {
                "standard_name": f"{variable.standard_name} standard_error",
                "long_name": "Standard deviation of the sea surface temperature's uncertainty",
                "units": variable.units,
                "grid_mapping": "crs",
            },
        ),
        "uncertainty_map": (
            dims,
            at_time(answer.u),
            {
                "long_name": "Map that scales the noise which members begin with",
                "units": "1",
                "grid_mapping": "crs",
            },
        ),
        "crs": ((), np.int32(0), crs()),
    }
    if answer.members is not None:
        long_name = {"long_name": "Sea surface temperature of each member"}
        facts = variable.attributes | long_name | cell
        data["analysed_sst_members"] = (("member", *dims), at_time(answer.members), facts)
        coordinates |= member_axis(len(answer.members))
    return xr.Dataset(data, coords=coordinates)


def _attributes(
    coarse: Coarse,
    contract: SuperresContract,
    error: float,
    answer: Finer,
    members: int,
    seed: int,
) -> dict[str, Any]:
    factor = contract.factor
    rows, columns = coarse.value.shape
    date = "unknown date" if coarse.time is None else str(coarse.time)[:10]
    return about(
        title=f"Sea surface temperature, {factor} times finer than given, {date}",
        source="residual-shifting diffusion model of SST",
        history=f"superresolve: {rows} × {columns} values, {members} members, seed {seed}",
        references=REFERENCES,
        comment=_comment(contract.config),
    ) | {
        "date": date,
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "members": np.int32(members),
        "factor": np.int32(factor),
        "network_evaluations": np.int32(answer.evaluations),
        "input_error": np.float64(round(float(error), 6)),
    }


def _comment(config: SuperresConfig) -> str:
    """What mean and standard deviation are of."""
    said = "The mean is that of the members drawn given the coarse field, "
    if config.training.mean_fraction:
        said = "The mean is the network's own, and the members are drawn around it, "
    said += "the standard deviation that of the members, but no less than the given values' error."
    if config.consistency:
        said += " Means over blocks agree with the values given, within their error."
    return said
