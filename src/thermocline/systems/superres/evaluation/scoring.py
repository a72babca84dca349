"""One answer to a super-resolution problem scored against its truth."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.evaluation import published
from thermocline.systems.superres.evaluation.score import DownscaledScore
from thermocline.verify.metrics import gradients, images
from thermocline.verify.metrics.probabilistic import crps_ensemble
from thermocline.verify.metrics.ranks import case_ranks
from thermocline.verify.metrics.resolution import box_spectra, land_free_boxes, wavenumbers
from thermocline.verify.metrics.shape import forecast_fields, shape_scores
from thermocline.verify.metrics.sums import Sums, by_level_and_basin, check_shapes, quantities

LEAST_ERROR = 0.01
"""The least error of an input, °C, that consistency is measured in: what files are rounded to."""

Fields = dict[str, NDArray[Any]]
"""Of `truth` and `mean` [H, W], and where there are any `std` [H, W] and `members` [M, H, W]."""


def score_downscaled(
    analysis: Analysis,
    problem: LowResolution,
    truth: NDArray,
    *,
    basins: NDArray[np.int64] | None = None,
    rng: np.random.Generator | None = None,
    thin: int = 4,
    box: int = 64,
) -> DownscaledScore:
    """Score an answer against the truth over every sea cell.

    Args:
        analysis: [1, H, W], °C.
        problem: what was asked; its `ocean` says which cells are scored.
        truth: [H, W], °C.
        basins: basin of every cell [H, W] from `sums.basin_index`; one basin if None.
        rng: draws ties of the rank histogram; without it no ranks are counted.
        thin: the rank histogram counts every `thin`-th row and column.
        box: cells on a side of the land-free boxes that spectra are of; at most the grid's.

    Raises:
        BadData: if shapes differ, or a scored value is not finite.
    """
    ocean, area = problem.ocean, problem.grid.cell_area()
    parts = {
        "truth": np.asarray(truth)[None],
        "mean": analysis.mean,
        "std": analysis.std,
        "members": analysis.members,
    }
    check_shapes(parts, ocean[None], area, "score_downscaled")
    fields = {
        name: np.where(ocean, values, 0.0).astype(np.float64)[..., 0, :, :]
        for name, values in parts.items()
        if values is not None
    }
    slopes = {
        name: gradient_magnitude(values, problem.grid, ocean)
        for name, values in fields.items()
        if name != "std"
    }
    cells = _cells(fields, slopes, ocean)
    size = min(box, *ocean.shape)
    members = fields.get("members")
    drawn = forecast_fields(fields["mean"], fields.get("std"), members)
    levels = None if drawn is None else drawn[:, None]
    shape = shape_scores(fields["truth"][None], levels, ocean[None], area)
    cells |= {name: values[0] for name, values in shape.items()}
    return DownscaledScore(
        case=problem.case,
        sums={k: by_level_and_basin(v[None], ocean[None], area, basins) for k, v in cells.items()},
        members=None if members is None else len(members),
        tables=case_ranks(members, fields["truth"], ocean, rng, thin),
        evaluations=analysis.evaluations,
        seconds=analysis.seconds,
        totals=_totals(fields, slopes, problem, np.where(ocean, area, 0.0), size),
        wavenumber=wavenumbers(problem.grid, size),
        region=problem.region,
        day=str(problem.date.astype("datetime64[D]")),
    )


def _cells(fields: Fields, slopes: Fields, ocean: NDArray[np.bool_]) -> Fields:
    """Every quantity that is summed, cell by cell [H, W]."""
    truth, mean, members = fields["truth"], fields["mean"], fields.get("members")
    found = {"weight": np.ones(ocean.shape)}
    found |= quantities(truth, mean, fields.get("std"), members)
    found |= _image(mean, truth, ocean, images.LEAST_RANGE)
    error = slopes["mean"] - slopes["truth"]
    steep = {"error": error, "squared": error**2, "crps": np.abs(error)}
    steep |= _image(slopes["mean"], slopes["truth"], ocean, images.LEAST_GRADIENT)
    if members is not None:
        steep["crps"] = crps_ensemble(slopes["members"], slopes["truth"])
        found["sharp_squared"] = (slopes["members"].mean(axis=0) - slopes["truth"]) ** 2
    return found | {f"gradient_{name}": values for name, values in steep.items()}


def _image(estimate: NDArray, truth: NDArray, ocean: NDArray[np.bool_], least: float) -> Fields:
    """What R², PSNR and SSIM are made of."""
    span = images.value_range(truth, ocean, least)
    alike, counted = images.ssim(estimate, truth, ocean, span)
    return {
        "truth": truth,
        "truth2": truth**2,
        "range2": np.full(truth.shape, span**2),
        "ssim": alike,
        "ssim_weight": counted.astype(np.float64),
    }


def _totals(
    fields: Fields, slopes: Fields, problem: LowResolution, weight: NDArray, size: int
) -> Sums:
    """Spectra, histograms of the gradient, consistency and the published scores."""
    truth, mean = fields["truth"], fields["mean"]
    boxes = land_free_boxes(problem.ocean, size)
    spectrum = lambda field: box_spectra(field, problem.grid, boxes, size)
    found = {
        "boxes": np.array(float(len(boxes))),
        "spectrum_truth": spectrum(truth),
        "spectrum_mean": spectrum(mean),
        "spectrum_error": spectrum(mean - truth),
        "gradients_truth": gradients.histogram(slopes["truth"], weight),
        "gradients_mean": gradients.histogram(slopes["mean"], weight),
        "consistency": _consistency(mean[None], problem, weight),
        "published": published.published_scores(mean, truth, problem.ocean),
    }
    if "members" in fields:
        members = fields["members"]
        found["spectrum_member"] = spectrum(members).mean(axis=0)
        found["gradients_member"] = gradients.histogram(slopes["members"], weight) / len(members)
        found["member_consistency"] = _consistency(members, problem, weight)
    return found


def _consistency(fields: NDArray, problem: LowResolution, weight: NDArray) -> NDArray[np.float64]:
    """Σ area of d², of (d / s_y)² and of 1 over blocks, the mean over fields [M, H, W]."""
    blocks = problem.factor**2 * block_mean(weight, np.ones_like(weight), problem.factor)
    observed = problem.observed & (blocks > 0)
    step = block_mean(fields, weight, problem.factor)[:, observed] - problem.value[observed]
    square, area = (step**2).mean(axis=0), blocks[observed]
    in_errors = square / np.maximum(problem.s_y[observed], LEAST_ERROR) ** 2
    return np.array([(area * square).sum(), (area * in_errors).sum(), area.sum()])
