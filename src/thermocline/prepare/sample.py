"""What a system prepares: samples, each some fields of one time, in groups that share a layout."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.grid import Grid
from thermocline.ocean.variables import Variable
from thermocline.prepare.split import Split


@dataclass(frozen=True, eq=False)
class Layout:
    """What a field is, and where its values are.

    Attributes:
        variable: its quantity, with unit, bounds and packing.
        grid: of its rows and columns.
        depth: levels [C] in metres; None for a field [H, W] that has none.
    """

    variable: Variable
    grid: Grid
    depth: NDArray[np.float64] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the field: [C, H, W] or [H, W]."""
        return (*(() if self.depth is None else self.depth.shape), *self.grid.shape)

    @property
    def levels(self) -> NDArray[np.float64]:
        """Depths in metres; 0 for a field that has none."""
        return np.zeros(1) if self.depth is None else self.depth

    def same(self, other: "Layout") -> bool:
        """Whether fields of the two can lie side by side."""
        return (
            self.variable == other.variable
            and self.shape == other.shape
            and self.grid.digest() == other.grid.digest()
            and bool(np.allclose(self.levels, other.levels))
        )


@dataclass(frozen=True, eq=False)
class Group:
    """What samples have in common.

    Attributes:
        name: such as `gulf_stream`.
        fields: the layout of each, by name.
        continuous: whether in each series month follows month, always valid at the same cells.
    """

    name: str
    fields: Mapping[str, Layout]
    continuous: bool = False


@dataclass(frozen=True, eq=False)
class Label:
    """Which sample it is.

    Attributes:
        name: what it follows in time, and its date, such as `r1/2003-05`; no two have the same.
        split: what it is for.
        time: its date, of any unit from months to days.
        group: its fields' layout.
    """

    name: str
    split: Split
    time: np.datetime64
    group: Group

    @property
    def series(self) -> str:
        """What it follows in time, such as `r1`."""
        return self.name.rpartition("/")[0]

    @property
    def serial(self) -> int:
        """Its month, counted from January of the year 0."""
        return int(self.time.astype("datetime64[M]").astype(int)) + 12 * 1970

    @property
    def month(self) -> int:
        """Its calendar month, 1–12."""
        return self.serial % 12 + 1


@dataclass(frozen=True, eq=False)
class Sample(Label):
    """A sample with its values.

    Attributes:
        fields: by name, of the shape that their layout says, in physical units, NaN on land.
    """

    fields: Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class Packed(Label):
    """A sample with its values packed, as a store holds them.

    Attributes:
        packed: counts by name, of the shape that their layout says; see `ocean.packing`.
    """

    packed: Mapping[str, NDArray[np.integer]]

    def sample(self) -> Sample:
        """The same in physical units."""
        layouts = self.group.fields
        fields = {
            name: layouts[name].variable.packing.unpack(counts)
            for name, counts in self.packed.items()
        }
        return Sample(self.name, self.split, self.time, self.group, fields)
