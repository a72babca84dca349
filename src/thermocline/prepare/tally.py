"""Running statistics of one variable by depth and calendar month: rows of a table."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Tally:
    """What is counted of the steps of a variable at C depths.

    Attributes:
        common: what every row says besides.
        bounds: lower and upper bound at each depth [C, 2].
        continuous: whether gaps in time, and changes of the valid cells, are counted, too.
    """

    common: dict[str, Any]
    depth: NDArray
    bounds: NDArray
    continuous: bool = True
    stamps: list[int] = field(default_factory=list)
    parts: list[dict[str, NDArray]] = field(default_factory=list)

    def add(self, months: list[int], block: NDArray) -> None:
        """Add steps [T, C, ...] of months that are counted from January of the year 0."""
        valid = np.isfinite(block)
        axes = tuple(range(2, block.ndim))
        filled = np.zeros(block.shape)
        np.copyto(filled, block, where=valid)
        count, total = valid.sum(axes), filled.sum(axes)
        filled *= filled
        self.stamps += months
        self.parts.append(
            {
                "count": count,
                "total": total,
                "squares": filled.sum(axes),
                "minimum": np.where(count, np.fmin.reduce(block, axes), np.inf),
                "maximum": np.where(count, np.fmax.reduce(block, axes), -np.inf),
                "fill": count / np.prod(block.shape[2:]),
            }
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row per depth and calendar month seen."""
        all_ = {name: np.concatenate([p[name] for p in self.parts]) for name in self.parts[0]}
        serial = np.array(self.stamps)
        months = serial % 12 + 1
        series: dict[str, Any] = {}
        if self.continuous:
            steps = np.diff(serial)
            series = {"time_gaps": (steps > 1).sum(), "time_ascending": bool((steps > 0).all())}
        rows = []
        for level, depth in enumerate(self.depth):
            usual = np.median(all_["fill"][:, level])
            for month in np.unique(months):
                here = months == month
                part = {name: values[here, level] for name, values in all_.items()}
                empty = serial[here][part["count"] == 0]
                row = {
                    "depth": float(depth),
                    "month": int(month),
                    "lower": self.bounds[level][0],
                    "upper": self.bounds[level][1],
                    "steps": int(here.sum()),
                    **_moments(part),
                    "fill_fraction": part["fill"].mean(),
                    "empty_steps": empty.size,
                    "first_empty": f"{empty[0] // 12:04d}-{month:02d}" if empty.size else "",
                }
                if self.continuous:
                    row["fill_change"] = np.abs(part["fill"] - usual).max()
                rows.append(self.common | series | row)
        return rows


def _moments(part: dict[str, NDArray]) -> dict[str, Any]:
    count = int(part["count"].sum())
    if count == 0:
        return {"count": 0} | dict.fromkeys(("minimum", "maximum", "mean", "std"), np.nan)
    mean = part["total"].sum() / count
    variance = max(part["squares"].sum() / count - mean**2, 0.0)
    return {
        "count": count,
        "minimum": float(part["minimum"].min()),
        "maximum": float(part["maximum"].max()),
        "mean": float(mean),
        "std": float(np.sqrt(variance)) if count > 1 else np.nan,
    }
