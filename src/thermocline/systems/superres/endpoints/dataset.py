"""A coarse day of sea-surface temperature in, the same day several times finer out: CF NetCDF."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.answers.request import check_members, check_seed
from thermocline.answers.view import no_value, part_of
from thermocline.answers.warnings import few_members, warn
from thermocline.concurrency import in_turn
from thermocline.errors import BadData
from thermocline.observe.tiles import Tiling
from thermocline.sources.account import ATTRIBUTE
from thermocline.systems.superres.endpoints.answer import answer_dataset, attributes_of
from thermocline.systems.superres.endpoints.coarse import MAX_CELLS, read_coarse
from thermocline.systems.superres.endpoints.fine import fine_axes, fine_problem
from thermocline.systems.superres.endpoints.kept import finer_in_files
from thermocline.systems.superres.endpoints.tiled import OVERLAP, SIZE, finer
from thermocline.systems.superres.endpoints.unusual import one_value, other_blocks, unusual
from thermocline.systems.superres.model.method import Superresolver

MAX_VALUES = 300_000_000
"""Cells times members of an answer, at most."""
MAX_KEPT = 100_000_000
"""The same, if every member is to be written."""


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
    dataset = answer_dataset(coarse, answer, contract.factor)
    dataset.attrs = attributes_of(coarse, contract, problem.s_y.min(), answer, count, seed)
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
