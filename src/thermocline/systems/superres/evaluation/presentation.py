"""The presentation of a board: scales, gradients and images besides the errors."""

from collections.abc import Sequence
from dataclasses import replace

from thermocline.systems.composed_defaults import criterion_of
from thermocline.systems.superres.evaluation.published import SCORES as PUBLISHED
from thermocline.verify.board.columns import (
    COSTS,
    SCORED_METRICS,
    SCORES,
    SHAPE_DEFINITION,
    Column,
    Metric,
    Section,
)
from thermocline.verify.board.presentation import Asked, Presentation
from thermocline.verify.board.rows import Context

IMAGES = Section(
    "As images",
    (
        Column("r2", "R²", ".4f"),
        Column("psnr", "PSNR (dB)", ".2f"),
        Column("ssim", "SSIM", ".4f"),
        Column("gradient_r2", "Gradient R²"),
        Column("gradient_psnr", "Gradient PSNR (dB)", ".2f"),
        Column("gradient_ssim", "Gradient SSIM"),
        Column("sharp_rmse", "RMSE of the members' mean gradient ({unit}/100 km)", scale=100),
    ),
)
_of = lambda key, last="": f"{key}.member{last}|{key}.mean{last}"
SCALES = Section(
    "Scales and gradients",
    (
        Column(_of("share_of_power", ".decade"), "Power, finest decade", ".2f"),
        Column(_of("share_of_power", ".octaves"), "octaves from long to short", ".2f"),
        Column(_of("gradient_quantiles"), "gradient at 10, 50, 90, 99 % over the truth's", ".2f"),
        Column(_of("gradient_distance"), "shift of gradients (decades)"),
        Column("consistency.rms", "Block mean − input (°C)"),
        Column("member_consistency", "of members (°C)"),
    ),
)
_FIVE = ("RMSE", "size of bias", "R²", "PSNR", "SSIM")
AS_PUBLISHED = Section(
    "As published",
    tuple(
        Column(f"published.{key}", heading, ".4g")
        for key, heading in zip(
            PUBLISHED, (*_FIVE, *(f"gradient {name}" for name in _FIVE)), strict=True
        )
    ),
    ("Means over cases of the scores as the authors of UADM compute them.",),
)

PRESENTATION = Presentation(
    reference="bicubic",
    names={
        "regression": ("linear regression", "regression"),
        "place regression": ("linear regression of the place", "place regression"),
        "uadm": ("UADM (published preset)", "UADM"),
        "oi": ("optimal interpolation", "OI"),
        "unet": ("UNet regression", "UNet regression"),
        "lanczos": ("Lanczos", "Lanczos"),
        "resshift": ("ResShift (u = 1)", "ResShift"),
        "bicubic": ("bicubic", "bicubic"),
    },
    protocols={
        "blocks": Asked("from means of {side} × {side} cells", "means of {side} × {side}"),
    },
    cases="days",
    metrics=(
        *SCORED_METRICS,
        Metric("gradient_rmse", "gradient_mse", "root_mean", "Gradient RMSE"),
    ),
    columns=(
        SCORES[0],
        Column("gradient_rmse", "Gradient RMSE ({unit}/100 km)", scale=100, least=True),
        *SCORES[1:],
        Column("effective_resolution", "Resolution (km)", ".0f", least=True),
        *COSTS,
    ),
    sections=(IMAGES, SCALES, AS_PUBLISHED),
    definitions=(
        "All scores are over the sea alone, weighted by cell area, and of an answer's mean: a "
        "network's own, if it was trained for one, else that of the members. "
        "CRPS is the fair one for members, the Gaussian one for a stated standard deviation and "
        "the mean absolute error for a point estimate. Spread/skill is 1 when the stated "
        "uncertainty has the size of the error.",
        SHAPE_DEFINITION,
        "The gradient is |∇T|, the size of the horizontal one, from centred differences on the "
        "sphere, one-sided at a coast. Resolution is the wavelength at which the spectrum of the "
        "error reaches half of the truth's.",
        "PSNR and SSIM have the range of the truth in each case as their data range; SSIM is under "
        "a Gaussian window of 11 × 11 cells, σ 1.5, cut to the sea. R² is about the mean of all "
        "cases.",
        "Power is of a single member (else of the estimate) over the truth's, from a tenth of the "
        "Nyquist wavenumber to itself (the finest decade), and in octaves, the finest from half of "
        "it.",
        "All cases of a day are drawn together by the bootstrap, and consecutive days in blocks "
        "where the notes say so.",
    ),
)
CRITERION = criterion_of(PRESENTATION)


def presentation(context: Context) -> Presentation:
    """With the grid of a board said, and its regions shown one by one if there are several."""
    grid = context.grid
    names = ", ".join(name.replace("_", " ") for name in grid["regions"])
    size = f"{grid['rows']} × {grid['columns']} cells of {grid['degrees']:g}°"
    described = f"{size}, from means of {grid['factor']} × {grid['factor']}, in {names}"
    sections = PRESENTATION.sections
    if len(grid["regions"]) > 1:
        sections = (*sections[:2], _by_region(grid["regions"]), *sections[2:])
    return replace(PRESENTATION, described=described, sections=sections)


def _by_region(regions: Sequence[str]) -> Section:
    columns = []
    for region in regions:
        name = region.replace("_", " ")
        columns.append(Column(f"regions.{region}.rmse", f"{name}: RMSE ({{unit}})"))
        heading = "gradient ({unit}/100 km)"
        columns.append(Column(f"regions.{region}.gradient_rmse", heading, scale=100))
    return Section("By region", tuple(columns))
