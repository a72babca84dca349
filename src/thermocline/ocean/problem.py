"""What every mapping method is asked, and what it answers.

A problem is in physical units: which fields are wanted, on which grid and when, and what is known
of them. Every observation is linear in the fields, y = H x + ε with ε ~ N(0, diag(s_y²)), and may
be of another time. Normalisation is a method's own affair. C counts channels, H rows, W columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.grid import Grid
from thermocline.ocean.operators import Operator
from thermocline.ocean.variables import Variable

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Channel:
    """One field that is asked for: a variable, and its depth in metres where it has one."""

    variable: Variable
    depth: float | None = None


@dataclass(frozen=True, eq=False)
class Observed:
    """Values that one operator gives of the fields, and their errors.

    Attributes:
        operator: H, from fields [C, H, W] to N values.
        y: the values [N], in the units of their channels.
        s_y: standard deviation of each error [N], ≥ 0; errors are independent of each other.
        lag: of which time: so many steps after the problem's, before it if negative. A step is
            the unit of the problem's time, such as a month.
    """

    operator: Operator
    y: NDArray[np.floating]
    s_y: NDArray[np.floating]
    lag: int = 0

    def __post_init__(self) -> None:
        size = (self.operator.size,)
        if self.y.shape != size or self.s_y.shape != size:
            raise BadData(
                f"{self.y.shape} values and {self.s_y.shape} errors of {size[0]}",
                where="observations",
                fix="give one value and one error for each of the operator's values",
            )
        if not (np.isfinite(self.y).all() and np.isfinite(self.s_y).all()):
            raise BadData(
                "a value or an error is missing", where="observations", fix="leave such values out"
            )
        if self.s_y.min(initial=0) < 0:
            raise BadData(f"an error of {self.s_y.min()}", where="observations")


@dataclass(frozen=True, eq=False)
class Problem:
    """Fields that are asked for, and what is known of them.

    Attributes:
        grid: H × W cells.
        channels: the C fields, in order.
        ocean: where each has values [C, H, W], such as sea water.
        time: of the fields; its unit is their step: a month is a datetime64[M], a day a
            datetime64[D].
        observations: none at all is valid: such a problem asks for a field that could be.
        covariates: dense fields that are known, by name, each [H, W] or [K, H, W]; methods do
            without those that are absent.
        case: a name, such as `r4/2008-03`.

    Raises:
        BadData: if shapes do not belong together, or the time is none.
    """

    grid: Grid
    channels: tuple[Channel, ...]
    ocean: Mask
    time: np.datetime64
    observations: tuple[Observed, ...] = ()
    covariates: Mapping[str, Field] = field(default_factory=dict)
    case: str = ""

    def __post_init__(self) -> None:
        where = self.case or "problem"
        shape = (len(self.channels), *self.grid.shape)
        if self.ocean.shape != shape:
            raise BadData(
                f"a mask {self.ocean.shape} for {shape[0]} channels on a grid {shape[1:]}",
                where=where,
                fix="give a mask of channels, rows and columns",
            )
        for observed in self.observations:
            if tuple(observed.operator.shape) != shape:
                raise BadData(
                    f"observations of fields {observed.operator.shape}, not {shape}", where=where
                )
        for name, values in self.covariates.items():
            if values.shape[-2:] != shape[1:]:
                raise BadData(f"covariate {name} {values.shape}, not {shape[1:]}", where=where)
        if np.isnat(self.time):
            raise BadData("no time", where=where, fix="give the time of the fields")

    def calendar_month(self, lag: int = 0) -> int:
        """Calendar month, 1–12, `lag` steps after the problem's time."""
        return int((self.time + lag).astype("datetime64[M]").astype(np.int64)) % 12 + 1

    def fill(self, values: NDArray) -> Field:
        """Fields [..., C, H, W] with NaN on land."""
        return np.where(self.ocean, values, np.nan).astype(np.float32)


@dataclass(frozen=True)
class Analysis:
    """A mean, its standard deviation, and members where there are any.

    In the units of what was asked: a `Problem` is answered in physical units, with NaN on land; an
    `AnomalyProblem` in anomalies and a `LowResolution` in °C, both with 0 on land.

    Attributes:
        mean: [C, H, W].
        std: [C, H, W]; None for a point estimate.
        members: [M, C, H, W], or None if the method states a Gaussian.
        evaluations: network evaluations a member (forward and backward passes both counted).
        seconds: wall-clock time for the whole case.
    """

    mean: Field
    std: Field | None = None
    members: Field | None = None
    evaluations: int = 0
    seconds: float = field(default=0.0, compare=False)


class Method(Protocol):
    """A mapping method, learned or classical."""

    @property
    def name(self) -> str:
        """What it is called on scoreboards."""
        ...

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Answer in physical units, NaN on land.

        Member k depends on (problem, seed, k) alone; methods without members ignore both numbers.
        """
        ...
