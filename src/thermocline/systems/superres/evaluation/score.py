"""The score of one answer to a super-resolution problem; `score_downscaled` makes it.

Everything is over the sea, weighted by area, in °C and km. `gradient` is |∇T| of the answer's
mean in K/km (see `ocean.gradient`); `sharp` is the mean of |∇T| of its members, which is what an
ensemble says of the gradient itself (the gradient of the mean is too weak where members differ).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.basins import BASINS
from thermocline.systems.superres.evaluation.published import SCORES
from thermocline.verify.board.breakdown import ranked
from thermocline.verify.metrics import gradients, images, resolution
from thermocline.verify.metrics.scores import Score, pool
from thermocline.verify.metrics.sums import Sums

NO_WAVES = np.zeros(0)
ALIKE = 1e-3
"""Relative difference up to which wavenumbers are the same: files round coordinates."""
QUANTILES = (0.1, 0.5, 0.9, 0.99)
"""Of the gradients."""


@dataclass(frozen=True)
class DownscaledScore(Score):
    """Sums over the cells of one super-resolved day, or of several pooled ones.

    Attributes:
        sums: besides those of `Score`, `truth`, `truth2`, `range2` (L², see `images`), `ssim` and
            `ssim_weight`; the same of the gradient as `gradient_…`, with its `gradient_error`,
            `gradient_squared` and `gradient_crps`; for members `sharp_squared`.
        totals: name → sums of any shape. Spectra [K] `spectrum_truth`, `…_mean`, `…_error`
            (of the mean) and `…_member` (the mean over members) with their number `boxes`;
            histograms `gradients_truth`, `…_mean`, `…_member`; `consistency` and
            `member_consistency` [3]: Σ area of d², of (d / s_y)² and of 1, with d the block
            mean of the answer − the input; `published` [10], one of `published` a case.
        wavenumber: of the spectra [K], cycles per km.
        region: where; "" if several are pooled.
        day: the date, as 2008-03-14.
    """

    totals: Sums = field(default_factory=dict)
    wavenumber: NDArray[np.float64] = field(default_factory=lambda: NO_WAVES)
    region: str = ""
    day: str = ""

    def per(self, name: str, weight: str = "weight") -> float:
        """Mean of a summed quantity over what `weight` counts."""
        total = float(self.sums[weight].sum())
        return float(self.sums[name].sum()) / total if total > 0 else float("nan")

    @property
    def gradient_rmse(self) -> float:
        """RMSE of |∇T| of the mean, K/km."""
        return float(np.sqrt(self.per("gradient_squared")))

    @property
    def effective_resolution(self) -> float:
        """Of the mean, km (see `resolution`); NaN without a land-free box."""
        if not self.totals["boxes"]:
            return float("nan")
        error, truth = self.totals["spectrum_error"], self.totals["spectrum_truth"]
        return resolution.effective_resolution(self.wavenumber, error, truth)

    def share_of_power(self, name: str, band: tuple[float, float] = resolution.DECADE) -> float:
        """Power of the `mean` or the `member` over the truth's in a band (see `resolution`)."""
        if not self.totals["boxes"]:
            return float("nan")
        power, truth = self.totals[f"spectrum_{name}"], self.totals["spectrum_truth"]
        return resolution.share_of_power(self.wavenumber, power, truth, band)

    def image(self, prefix: str = "") -> dict[str, float]:
        """R², PSNR (dB) and SSIM of the field, or with `gradient_` of |∇T| (see `images`)."""
        mean, square, mse, range2 = (
            self.per(prefix + name) for name in ("truth", "truth2", "squared", "range2")
        )
        return {
            "r2": images.r_squared(mean, square, mse),
            "psnr": images.psnr(range2, mse),
            "ssim": self.per(f"{prefix}ssim", f"{prefix}ssim_weight"),
        }

    def consistency(self, name: str = "consistency") -> tuple[float, float]:
        """RMS of block mean − input, in °C and in standard deviations of the input's error."""
        squared, chi2, weight = self.totals[name]
        return float(np.sqrt(squared / weight)), float(np.sqrt(chi2 / weight))

    def record(self, density: float) -> dict[str, Any]:
        """The scores of a case, its area as its `weight` and its day as the `unit` it is drawn in.

        Patches of one day are drawn together by the bootstrap (see `bootstrap.Design`).
        """
        resolved = {"effective_resolution": self.effective_resolution}
        return {
            **super().record(density),
            "gradient_rmse": self.gradient_rmse,
            "gradient_mse": self.per("gradient_squared"),
            **(resolved if self.totals["boxes"] else {}),
            "region": self.region,
            "weight": float(self.sums["weight"].sum()),
            "unit": self.day,
        }

    def extra(self, cases: Sequence["DownscaledScore"]) -> dict[str, Any]:
        """Images, gradients, spectra, ranks and regions (see `breakdown`)."""
        return breakdown(self, cases)

    def pooled(self, scores: Sequence["DownscaledScore"]) -> dict[str, Any]:
        """Totals added; the region if it is one.

        Raises:
            BadData: if the spectra are of other wavenumbers.
        """
        for other in scores:
            alike = other.wavenumber.size == self.wavenumber.size
            if not alike or not np.allclose(other.wavenumber, self.wavenumber, ALIKE, atol=0):
                raise BadData(
                    f"spectra of {self.case!r} and {other.case!r} are of different boxes",
                    where="scores",
                    fix="score every case on cells and boxes of the same size",
                )
        return {
            "totals": {k: np.sum([s.totals[k] for s in scores], axis=0) for k in self.totals},
            "region": self.region if len({s.region for s in scores}) == 1 else "",
            "day": self.day if len({s.day for s in scores}) == 1 else "",
        }


def breakdown(total: DownscaledScore, cases: Sequence[DownscaledScore]) -> dict[str, Any]:
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
    return found | ranked(total) | {"regions": _regions(cases)}


def _scales(total: DownscaledScore, kinds: list[str]) -> dict[str, Any]:
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


def _gradients(total: DownscaledScore, kinds: list[str]) -> dict[str, Any]:
    counts = {kind: total.totals[f"gradients_{kind}"] for kind in ("truth", *kinds)}
    truth = counts["truth"]
    ratio = lambda c, q: gradients.quantile(c, q) / gradients.quantile(truth, q)
    return {
        "gradient_quantiles": {k: [ratio(counts[k], q) for q in QUANTILES] for k in kinds},
        "gradient_distance": {k: gradients.distance(counts[k], truth) for k in kinds},
        "gradients": {k: (c / c.sum()).tolist() for k, c in counts.items()},
    }


def _regions(cases: Sequence[DownscaledScore]) -> dict[str, dict[str, Any]]:
    """RMSE, gradient RMSE, CRPS, bias, spread/skill and number of cases of every region."""
    found = {}
    for region in dict.fromkeys(case.region for case in cases):
        score = pool(case for case in cases if case.region == region)
        keys = ("rmse", "gradient_rmse", "crps", "bias", "spread_skill", "effective_resolution")
        found[region] = {key: getattr(score, key) for key in keys} | {"cases": score.cases}
    return found
