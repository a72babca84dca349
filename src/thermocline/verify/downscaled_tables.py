"""What only a scoreboard of super-resolution has: images, scales, gradients, calibration."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from thermocline.verify.calibration_tables import READING, tested
from thermocline.verify.columns import IMAGES
from thermocline.verify.names import method_name
from thermocline.verify.ranks import Flatness
from thermocline.verify.text import markdown_table, number

if TYPE_CHECKING:
    from thermocline.verify.rows import Row

BLOCK_DEFINITIONS = (
    "All scores are over the sea alone, weighted by cell area, and of the mean of the members. "
    "CRPS is the fair one for members, the Gaussian one for a stated standard deviation and the "
    "mean absolute error for a point estimate. Spread/skill is 1 when the stated uncertainty has "
    "the size of the error.",
    "The gradient is |∇T|, the size of the horizontal one, from centred differences on the sphere, "
    "one-sided at a coast. Resolution is the wavelength at which the spectrum of the error "
    "reaches half of the truth's.",
    "PSNR and SSIM have the range of the truth in each case as their data range; SSIM is under a "
    "Gaussian window of 11 × 11 cells, σ 1.5, cut to the sea. R² is about the mean of all cases.",
    "Power is of a single member (else of the estimate) over the truth's, from a tenth of the "
    "Nyquist wavenumber to itself (the finest decade), and from half of it (the finest octave).",
    "Brackets are 95 % bootstrap intervals; all cases of a day are drawn together, and "
    "consecutive days in blocks where the notes say so. Evaluations are network evaluations a "
    "member; seconds are wall-clock a case.",
)


def downscaled_sections(rows: Sequence["Row"]) -> list[str]:
    """Lines of the tables below the main one."""
    lines = []
    heads = [column.heading.format(unit="°C") for column in IMAGES]
    cells = [[_name(row), *(c.write(c.value(row)) for c in IMAGES)] for row in rows]
    lines += ["", "## As images", "", *markdown_table(["Method", *heads], cells)]
    lines += ["", "## Scales and gradients", "", *markdown_table(SCALES, [*_scales(rows)])]
    regions = list(dict.fromkeys(region for row in rows for region in row.extra["regions"]))
    if len(regions) > 1:
        lines += ["", "## By region", ""]
        lines += markdown_table(
            ["RMSE (°C), gradient RMSE (°C/100 km)", *(r.replace("_", " ") for r in regions)],
            [[_name(row), *(_region(row, region) for region in regions)] for row in rows],
        )
    lines += ["", "## As published", "", *markdown_table(PUBLISHED, [*_published(rows)])]
    lines += ["", "Means over cases of the scores as the authors of UADM compute them."]
    return lines + list(_calibration(rows))


SCALES = ["Method", "Power, finest decade", "finest octave", "octaves from long to short"]
SCALES += ["gradient at 50, 90, 99 % over the truth's", "shift of gradients (decades)"]
SCALES += ["Block mean − input (°C)", "of members (°C)"]


def _scales(rows: Sequence["Row"]) -> Iterator[list[str]]:
    for row in rows:
        kind = "member" if "member" in row.extra["share_of_power"] else "mean"
        power = row.extra["share_of_power"][kind]
        yield [
            _name(row),
            number(power["decade"], ".2f"),
            number(power["octaves"][-1], ".2f"),
            _list(power["octaves"]),
            _list(row.extra["gradient_quantiles"][kind]),
            number(row.extra["gradient_distance"][kind]),
            number(row.extra["consistency"]["rms"]),
            number(row.extra.get("member_consistency")),
        ]


PUBLISHED = ["Method", "RMSE", "size of bias", "R²", "PSNR", "SSIM"]
PUBLISHED += [f"gradient {name}" for name in PUBLISHED[1:]]


def _published(rows: Sequence["Row"]) -> Iterator[list[str]]:
    for row in rows:
        yield [_name(row), *(number(v, ".4g") for v in row.extra["published"].values())]


def _region(row: "Row", region: str) -> str:
    found = row.extra["regions"].get(region)
    if found is None:
        return "–"
    return f"{number(found['rmse'])}, {number(100 * found['gradient_rmse'])}"


def _calibration(rows: Sequence["Row"]) -> Iterator[str]:
    having = [row for row in rows if "flatness" in row.extra]
    if not having:
        return
    degrees = having[0].extra["flatness"]["degrees"]
    headings = ["Method", "Spread/skill", f"χ², {degrees} degrees of freedom", "p", "slope", "p"]
    headings += ["convexity", "p", "exchanged", "p", "Reads as"]
    cells = [
        [_name(r), number(r.spread_skill, ".2f"), *tested(Flatness(**r.extra["flatness"]))]
        for r in having
    ]
    yield from ("", "## Calibration of the members", "", *markdown_table(headings, cells), "")
    yield from (f"- {line}" for line in READING[1:3])


def _name(row: "Row") -> str:
    return method_name(row.method, protocol=row.protocol)


def _list(values: Sequence[Any]) -> str:
    return ", ".join(number(value, ".2f") for value in values)
