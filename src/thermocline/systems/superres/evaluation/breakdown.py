"""What a scoreboard's row says of super-resolution, and what its boards share to be compared."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.files import sha256_arrays
from thermocline.ocean.basins import BASINS
from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.evaluation.published import SCORES
from thermocline.verify import gradients, resolution
from thermocline.verify.bootstrap import Interval, widened
from thermocline.verify.ranks import flatness
from thermocline.verify.resampling import resample
from thermocline.verify.rows import Context
from thermocline.verify.scores import pool

if TYPE_CHECKING:
    from thermocline.systems.superres.evaluation.score import DownscaledScore

QUANTILES = (0.5, 0.9, 0.99)


def breakdown(total: "DownscaledScore", cases: Sequence["DownscaledScore"]) -> dict[str, Any]:
    """Images, gradients, spectra, consistency, ranks, basins and regions.

    `share_of_power` is of the finest decade and of its octaves, from long waves to short;
    `gradient_quantiles` are ratios to the truth's at `QUANTILES`, and `gradient_distance` is
    that of `gradients.distance`, all for the `mean` and, where there are any, the `member`.
    """
    found: dict[str, Any] = {
        "mae": total.mae,
        **total.image(),
        "gradient_rmse": total.gradient_rmse,
        "gradient_bias": total.per("gradient_error"),
        "gradient_crps": total.per("gradient_crps"),
        **{f"gradient_{name}": value for name, value in total.image("gradient_").items()},
        "effective_resolution": total.effective_resolution,
        "consistency": dict(zip(("rms", "in_errors"), total.consistency(), strict=True)),
        "published": dict(zip(SCORES, total.totals["published"] / total.cases, strict=True)),
    }
    kinds = ["mean"]
    if total.members is not None:
        kinds.append("member")
        found["sharp_rmse"] = float(np.sqrt(total.per("sharp_squared")))
        found["member_consistency"] = total.consistency("member_consistency")[0]
    found |= _scales(total, kinds) | _gradients(total, kinds)
    if total.sums["weight"].shape[1] == len(BASINS):
        found["rmse_by_basin"] = dict(zip(BASINS, total.rmse_by_basin.tolist(), strict=True))
    if total.ranks is not None and total.tables is not None and total.ranks.any():
        found["ranks"] = total.ranks.tolist()
        found["flatness"] = asdict(flatness(total.tables))
    return found | {"regions": _regions(cases)}


def _scales(total: "DownscaledScore", kinds: list[str]) -> dict[str, Any]:
    share = {
        kind: {
            "decade": total.share_of_power(kind),
            "octaves": [total.share_of_power(kind, band) for band in resolution.OCTAVES],
        }
        for kind in kinds
    }
    boxes = max(float(total.totals["boxes"]), 1.0)
    spectra = {
        k: (total.totals[f"spectrum_{k}"] / boxes).tolist() for k in ("truth", "error", *kinds)
    }
    return {"share_of_power": share, "wavenumber": total.wavenumber.tolist(), "spectra": spectra}


def _gradients(total: "DownscaledScore", kinds: list[str]) -> dict[str, Any]:
    counts = {kind: total.totals[f"gradients_{kind}"] for kind in ("truth", *kinds)}
    truth = counts["truth"]
    ratio = lambda c, q: gradients.quantile(c, q) / gradients.quantile(truth, q)
    return {
        "gradient_quantiles": {k: [ratio(counts[k], q) for q in QUANTILES] for k in kinds},
        "gradient_distance": {k: gradients.distance(counts[k], truth) for k in kinds},
        "gradients": {k: (c / c.sum()).tolist() for k, c in counts.items()},
    }


def _regions(cases: Sequence["DownscaledScore"]) -> dict[str, dict[str, Any]]:
    """RMSE, gradient RMSE, CRPS, bias, spread/skill and number of cases of every region."""
    found = {}
    for region in dict.fromkeys(case.region for case in cases):
        score = pool(case for case in cases if case.region == region)
        keys = ("rmse", "gradient_rmse", "crps", "bias", "spread_skill", "effective_resolution")
        found[region] = {key: getattr(score, key) for key in keys} | {"cases": score.cases}
    return found


def times_finer(
    candidate: Sequence["DownscaledScore"],
    reference: Sequence["DownscaledScore"],
    n: int = 1000,
    seed: int = 0,
    *,
    block: int = 1,
) -> Interval | None:
    """Effective resolution of a reference over a candidate's, on the same cases, with its interval.

    Spectra of whole days are drawn again, in blocks of `block` consecutive days; None for fewer
    than two blocks, or where one resolves nothing in some draw.

    Raises:
        BadData: if the two were scored on other cases.
    """
    if [s.case for s in candidate] != [s.case for s in reference]:
        raise BadData("scores of other cases", where="times finer", fix="pair the same cases")
    day = np.unique([score.day for score in candidate], return_inverse=True)[1]
    count = int(day.max()) + 1
    if count < 2 * block:
        return None
    index = resample(count, n, seed, block)

    def kilometres(scores: Sequence["DownscaledScore"]) -> NDArray[np.float64]:
        """Of all days, then of every draw [1 + n]."""
        error, truth = (np.zeros((count, scores[0].wavenumber.size)) for _ in range(2))
        for name, sums in (("error", error), ("truth", truth)):
            np.add.at(sums, day, np.array([s.totals[f"spectrum_{name}"] for s in scores]))
        draws = [np.arange(count), *index]
        resolved = lambda draw: resolution.effective_resolution(
            scores[0].wavenumber, error[draw].sum(axis=0), truth[draw].sum(axis=0)
        )
        return np.array([resolved(draw) for draw in draws])

    with np.errstate(invalid="ignore"):  # ∞ / ∞
        ratio = kilometres(reference) / kilometres(candidate)
    return widened(float(ratio[0]), ratio[1:], count / block) if np.isfinite(ratio).all() else None


def context_of(problems: Iterable[LowResolution], period: str) -> Context:
    """The context of a board of super-resolution: cells, regions and what is sea in each case.

    Args:
        problems: every case, in order; the first tells size, factor and resolution.
        period: such as `2008` or `2010-2011`.
    """
    problems = list(problems)
    first = problems[0]
    axes = [a.round(4) for p in problems for a in (p.grid.latitude, p.grid.longitude)]
    description = {
        "rows": first.grid.shape[0],
        "columns": first.grid.shape[1],
        "factor": first.factor,
        "degrees": round(float(np.diff(first.grid.latitude).mean()), 4),
        "regions": list(dict.fromkeys(p.region for p in problems)),
        "digest": sha256_arrays(*axes)[:16],
    }
    masks = [p.ocean for p in problems]
    return Context(description, sha256_arrays(*masks), period, sum(int(m.sum()) for m in masks))
