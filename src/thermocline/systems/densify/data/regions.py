"""An index of the raw files: file and step of each day of a variable, by region."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.left_out import note_left_out
from thermocline.prepare.raw import RawFile
from thermocline.prepare.steps import Days, Step, note_days
from thermocline.sources.files.clock import days_of
from thermocline.systems.densify.config.data import DensifyData
from thermocline.systems.densify.data.box import Region, box_of, cut
from thermocline.systems.densify.data.raw import DAYS, SURFACE, WATER


class Index:
    """Days of regions, without reading fields; files are added in any order.

    Attributes:
        files: all of them, in order.
    """

    def __init__(self, own: DensifyData):
        self._own = own
        self.files: list[RawFile] = []
        self._found: dict[tuple[str, str], dict[str, Days]] = {}
        self._grids: dict[str, tuple[LatLonGrid, NDArray]] = {}

    def add(self, file: RawFile) -> None:
        """Note the days of the regions that a file covers; raises BadData for one that is known."""
        number, name = len(self.files), file.variable.name
        self.files.append(file)
        with file.axes() as dataset:
            member = str(dataset.attrs["member"])
            days = days_of(dataset.time.values)
            for region, corner in self._own.regions.items():
                box = box_of(dataset, corner, self._own.size)
                if box is None:
                    continue
                if name == WATER[0] and region not in self._grids:
                    levels = np.asarray(self._own.depth or dataset.depth.values, float)
                    self._grids[region] = (box.grid(self._own.step), levels)
                kept = self._found.setdefault((region, member), {}).setdefault(name, {})
                # The 30th of February is no day.
                said = f"{name} of {region}, member {member},"
                note_days(kept, days, number, said, str(file.path))

    def region(self, name: str) -> Region:
        """Grid, depth, and where there is sea; raises BadData if no file has it."""
        of = [found[WATER[0]] for (region, _), found in self._found.items()
              if region == name and WATER[0] in found]  # fmt: skip
        if not of or name not in self._grids:
            raise BadData(
                f"no {WATER[0]} of {name}",
                where="raw data",
                fix="give a file that covers it, or take the region out of params.yaml",
            )
        first = next(iter(of[0].values()))
        grid, depth = self._grids[name]
        everywhere = Region(name, grid, depth, np.ones(grid.shape, bool))
        with self.files[first.file].open() as dataset:
            field = cut(dataset, self.files[first.file], everywhere, self._own).read(first.step)
        return Region(name, grid, depth, np.isfinite(field[0]))

    def series(self) -> Iterator[tuple[str, str, dict[np.datetime64, dict[str, Step]]]]:
        """Region, member, and where each variable is of the days that have water and surfaces.

        A surface field is that of the day, or of the nearest day that has one, DAYS away at most.
        Days of water without one are left out, which is said.

        Raises:
            BadData: for a region without such a day.
        """
        for name in self._own.regions:
            empty = True
            for (region, member), found in sorted(self._found.items()):
                if region != name:
                    continue
                days, water = complete(found), set().union(*(found.get(v, {}) for v in WATER))
                note_left_out(
                    water - days.keys(),
                    len(water),
                    f"days of water of {region}{f', member {member},' if member else ''} are",
                    f"not all of {', '.join((*WATER, *SURFACE))} are there within {DAYS} days",
                )
                if days:
                    empty = False
                    yield region, member, days
            if empty:
                raise BadData(
                    f"no day of {name} has water and every surface field: {self._counts(name)}",
                    where="raw data",
                    fix=f"give files of one member that have them within {DAYS} days of each other",
                )

    def _counts(self, name: str) -> str:
        """How many days of each variable a region has, by member."""
        said = []
        for (region, member), found in sorted(self._found.items()):
            if region == name:
                days = ", ".join(f"{v} {len(found.get(v, {}))}" for v in (*WATER, *SURFACE))
                said.append(f"{f'member {member}' if member else 'no member'}: days of {days}")
        return "; ".join(said)


def complete(found: Mapping[str, Days]) -> dict[np.datetime64, dict[str, Step]]:
    """Where each variable is, by the days of water, of those that have all surface fields near."""
    days = sorted(set.intersection(*(set(found.get(name, {})) for name in WATER)))
    where: dict[np.datetime64, dict[str, Step]] = {
        day: {name: found[name][day] for name in WATER} for day in days
    }
    for name in SURFACE:
        given = np.array(sorted(found.get(name, {})), "datetime64[D]")
        for day in [*where]:
            apart = np.abs(given - day)
            if apart.size and apart.min() <= np.timedelta64(DAYS, "D"):
                where[day][name] = found[name][given[int(apart.argmin())]]
            else:
                del where[day]
    return where
