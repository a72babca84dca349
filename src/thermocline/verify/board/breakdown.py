"""What a row of the scoreboard says beyond its single numbers: by depth, by basin, and by rank.

All of it comes from sums that scoring keeps anyway (see `scores.Score`) and costs nothing.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.basins import BASINS
from thermocline.verify.metrics.ranks import flatness
from thermocline.verify.metrics.scores import Score


def breakdown(total: Score) -> dict[str, Any]:
    """RMSE, bias, CRPS and spread/skill by level and by basin; the rank histogram.

    Levels are lists [C], basins are named; NaN where there is no water. What was not scored — a
    spread that is not stated, basins, ranks — is left out.
    """
    found: dict[str, Any] = dict(_along("depth", 1, total))
    if total.sums["weight"].shape[1] == len(BASINS):
        found |= {
            key: dict(zip(BASINS, values, strict=True))
            for key, values in _along("basin", 0, total).items()
        }
    return found | ranked(total)


def ranked(total: Score) -> dict[str, Any]:
    """The rank histogram, if ranks were counted."""
    counted = total.ranks is not None and total.ranks.any()
    return {"ranks": total.ranks.tolist()} if counted and total.ranks is not None else {}


def tested(total: Score, blocks: NDArray[np.int64]) -> dict[str, Any]:
    """The test of the rank histogram, if ranks were counted.

    Args:
        blocks: number of the block of each case, which are drawn together.
    """
    if total.tables is None or not ranked(total):
        return {}
    return {"flatness": asdict(flatness(total.tables, blocks=blocks))}


def _along(name: str, axis: int, total: Score) -> dict[str, list[float]]:
    found: dict[str, NDArray] = {
        f"rmse_by_{name}": np.sqrt(total.mean("squared", axis)),
        f"bias_by_{name}": total.mean("error", axis),
        f"crps_by_{name}": total.mean("crps", axis),
    }
    if "variance" in total.sums:
        found[f"spread_skill_by_{name}"] = _spread_skill(total, axis)
    return {key: values.tolist() for key, values in found.items()}


def _spread_skill(total: Score, axis: int) -> NDArray[np.float64]:
    """Spread/skill of each level (axis 1) or basin (0), see `probabilistic.spread_skill`."""
    factor = 1.0 if total.members is None else 1.0 + 1.0 / total.members
    error = total.mean("spread_squared", axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.sqrt(factor * total.mean("variance", axis) / error)
    return np.where(error > 0, found, np.nan)
