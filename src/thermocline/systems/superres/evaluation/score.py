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
from thermocline.verify import images, resolution
from thermocline.verify.scores import Score
from thermocline.verify.sums import Sums

NO_WAVES = np.zeros(0)
ALIKE = 1e-3
"""Relative difference up to which wavenumbers are the same: files round coordinates."""


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
        """Images, gradients, spectra, ranks and regions (see `downscaled_row`)."""
        from thermocline.systems.superres.evaluation.breakdown import breakdown

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
