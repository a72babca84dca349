"""What a scoreboard is made of: its context, its rows, and ratios between them."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.files import sha256_arrays
from thermocline.ocean.latlon import LatLonGrid
from thermocline.verify.significance import bootstrap

Pair = list[float] | None
Group = tuple[str, float, str]
"""Protocol, density and variable: rows of a group were asked the same."""


@dataclass(frozen=True)
class Context:
    """What two boards must share to be compared.

    Attributes:
        grid, mask_digest, period, valid_cells: where, and when.
        truth: digest of what was withheld; "" on boards of an older Thermocline.
    """

    grid: dict[str, Any]
    mask_digest: str
    period: str
    valid_cells: int
    truth: str = ""

    @classmethod
    def of(
        cls, grid: LatLonGrid, depth: ArrayLike, ocean: NDArray[np.bool_], period: str
    ) -> "Context":
        """Of a grid, its levels [C] in metres, the scored cells [C, H, W] and e.g. `2005-2009`."""
        rows, columns = grid.shape
        description = {
            "rows": rows,
            "columns": columns,
            "depth": [float(d) for d in np.asarray(depth)],
            "digest": sha256_arrays(grid.latitude.round(4), grid.longitude.round(4))[:16],
        }
        return cls(description, sha256_arrays(ocean.astype(bool)), period, int(ocean.sum()))

    def refuse_unless_same(self, other: "Context", what: str = "boards") -> None:
        """Raises BadData naming every attribute in which the two differ."""
        ours, theirs = asdict(self), asdict(other)
        differing = [
            f"{k} ({_short(ours[k])} against {_short(theirs[k])})"
            for k in ours
            if ours[k] != theirs[k] and (k != "truth" or (ours[k] and theirs[k]))
        ]
        if differing:
            raise BadData(
                f"the {what} differ in {', '.join(differing)}",
                where="scoreboard",
                fix="score both on the same grid, mask, period and truth",
            )


@dataclass(frozen=True)
class Row:
    """One method at one protocol and density; errors in the variable's unit (°C).

    A protocol says what was observed, and the density how much of it, as a share of all cells.
    `members` is 0 for a method without members, `evaluations` counts network evaluations a
    member, `seconds` is a case's; `extra` holds what the system's own score adds.
    """

    system: str
    method: str
    protocol: str
    density: float
    variable: str
    rmse: float | None
    rmse_ci: Pair
    bias: float | None
    crps: float | None
    crps_ci: Pair
    spread_skill: float | None
    evaluations: int
    seconds: float
    members: int
    cases: int
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> Group:
        """Rows of a group were asked the same: protocol, density, variable."""
        return self.protocol, self.density, self.variable

    def find(self, key: str) -> Any:
        """A value by its key, with dots into `extra`; None if there is none."""
        first, *rest = key.split(".")
        value = getattr(self, first, None) if first in KEYS else self.extra.get(first)
        for part in rest:
            value = value.get(part) if isinstance(value, dict) else None
        return value


KEYS = tuple(name for name in Row.__dataclass_fields__ if name != "extra")


@dataclass(frozen=True)
class Ratio:
    """A candidate against a reference on the cases both were scored on; smaller is better.

    `verdicts` are by the name of the metric, those that both were scored by.
    """

    protocol: str
    density: float
    variable: str
    candidate: str
    reference: str
    cases: int
    verdicts: dict[str, bootstrap.Verdict] = field(default_factory=dict)

    @property
    def group(self) -> Group:
        """Protocol, density, variable."""
        return self.protocol, self.density, self.variable

    @property
    def rmse(self) -> bootstrap.Verdict | None:
        """The verdict by RMSE; None for too few cases."""
        return self.verdicts.get("rmse")

    @property
    def crps(self) -> bootstrap.Verdict | None:
        """The verdict by CRPS; None for too few cases."""
        return self.verdicts.get("crps")

    def record(self) -> dict[str, Any]:
        """As an object of a row's `versus`."""
        record: dict[str, Any] = {"cases": self.cases}
        for name, verdict in self.verdicts.items():
            record[f"{name}_ratio"] = verdict.ratio.estimate
            record[f"{name}_ratio_ci"] = [verdict.ratio.low, verdict.ratio.high]
            record[f"{name}_decision"] = verdict.decision
        return record


WRITTEN = ("versus", "bootstrap", "notes", "presentation")
"""What is written with a row but is the board's."""


def extra_keys(record: dict[str, Any]) -> dict[str, Any]:
    """What a written row holds beyond its keys, the context and what is computed on writing."""
    known = {*KEYS, *Context.__dataclass_fields__, *WRITTEN}
    return {key: value for key, value in record.items() if key not in known}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:24] + "…"
