"""Raw files to the store of states: five fields of each date, on the grid of the first file."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import Config, DataConfig
from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.raw import RawFile
from thermocline.prepare.remap import to_map
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.split import SPLITS, split_of
from thermocline.prepare.validate import Track
from thermocline.prepare.writer import write_store
from thermocline.sources.projection import projected_grid
from thermocline.sources.thickness import ICE as ICE_AREA
from thermocline.sources.thickness import per_cell
from thermocline.systems.seaice.data.raw import GROUP, ICE, NAMES, raw

TITLE = "States of Arctic sea ice"
Fields = Mapping[str, NDArray[np.float32]]


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store of all members' dates that are in a split."""
    files = raw(config)
    with files[0].open() as first:
        grid = projected_grid(first)
    write_store(store, states(track(files, "Reading sea ice"), config.data, grid), TITLE)


def states(files: Iterable[RawFile], data: DataConfig, grid: ProjectedGrid) -> Iterator[Sample]:
    """A sample for each date of each member that all variables have.

    Raises:
        BadData: if a member lacks a variable, its variables differ in dates, or a split is empty.
    """
    group = Group(GROUP, {each.name: Layout(each, grid) for each in ICE})
    found: dict[str, dict[str, dict[np.datetime64, NDArray]]] = {}
    per_ice = set[str]()
    for file in files:
        with file.open() as dataset:
            member = str(dataset.attrs["member"])
            dates = dict(_dates(dataset, file.variable.name, data, member, grid))
            if dataset.attrs.get("thickness") == ICE_AREA:
                per_ice.add(member)
        if dates:
            found.setdefault(member, {}).setdefault(file.variable.name, {}).update(dates)
    seen = set()
    for member, by_name in found.items():
        for date in _common(by_name, member):
            split = split_of(data, member, date.astype(object).year, f"{member}/{date}")
            assert split is not None
            seen.add(split)
            fields = {name: by_name[name][date] for name in NAMES}
            if member in per_ice:  # and the file of thickness had no concentration beside it
                fields["sithick"] = per_cell(fields["sithick"], fields["siconc"])
            yield Sample(f"{member}/{date}", split, date, group, consistent(fields))
    if missing := [split for split in SPLITS if split not in seen]:
        raise BadData(
            f"no date of {', '.join(missing)}; members found: {', '.join(sorted(found)) or 'none'}",
            where="raw data",
            fix="run `dvc pull`, or name members and years that exist under data: in params.yaml",
        )


def consistent(fields: Fields) -> Fields:
    """Fields of one date with nothing but zeros where there is no ice, and NaN on land alone.

    Providers leave thickness and drift out where there is no ice; land is where there is no
    concentration.
    """
    land = np.isnan(fields["siconc"])
    none = (fields["siconc"] <= 0) | (fields["sithick"] <= 0)
    made = {}
    for variable in ICE:
        values = np.clip(np.nan_to_num(fields[variable.name]), variable.lower, variable.upper)
        made[variable.name] = np.where(land, np.nan, np.where(none, 0, values)).astype(np.float32)
    return made


def _dates(
    dataset: xr.Dataset, name: str, data: DataConfig, member: str, grid: ProjectedGrid
) -> Iterator[tuple[np.datetime64, NDArray[np.float32]]]:
    """Dates that are in a split, and their field on the grid [H, W]."""
    days = dataset["time"].values.astype("datetime64[D]")
    wanted = [
        i
        for i, day in enumerate(days)
        if split_of(data, member, day.astype(object).year, f"{member}/{day}")
    ]
    if not wanted:
        return
    field = to_map(dataset.isel(time=wanted), name, grid).squeeze("depth")
    for i, values in zip(wanted, field.values, strict=True):
        yield days[i], values.astype(np.float32)


def _common(by_name: Mapping[str, Mapping[np.datetime64, NDArray]], member: str) -> list:
    """The dates of a member; raises BadData unless all variables have the same."""
    if absent := [name for name in NAMES if name not in by_name]:
        raise BadData(
            f"member {member} has no {', '.join(absent)}",
            where="raw data",
            fix="add the files, or leave the member out of the splits",
        )
    dates = sorted(by_name[NAMES[0]])
    for name, same in groupby(NAMES, lambda name: sorted(by_name[name]) == dates):
        if not name:
            other = next(iter(same))
            odd = sorted(set(by_name[other]) ^ set(dates))[0]
            raise BadData(
                f"{other} and {NAMES[0]} of member {member} differ in dates, such as {odd}",
                where="raw data",
                fix="give every variable for the same dates",
            )
    return dates
