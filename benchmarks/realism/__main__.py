"""How like the real ocean is the nature run? One table of measured numbers.

    THERMOCLINE_REAL_DATA=… python -m benchmarks.realism        prints Markdown, for docs/realism.md

Real fields are brought to the nature run's grid (block means into its cells) before they are
compared; regions and months are chosen alike.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from benchmarks.realism.interior import ARGO_LEVELS, argo, interior, levitus
from benchmarks.realism.records import open_nature
from benchmarks.realism.surface import spectra, surface_rows, winter_rows

from thermocline.errors import BadFile


def table(columns: str, rows: list[list[str]]) -> None:
    """Print one Markdown table."""
    names = columns.split(", ")
    for row in (names, ["---"] * len(names), *rows):
        print("| " + " | ".join(row) + " |")
    print()


def show(m: dict[str, float], *more: float) -> list[str]:
    """Moments, then lengths in km, as cells."""
    cells = [f"{m['std']:.2f}", f"{m['skew']:.2f}", f"{m['kurtosis']:+.2f}"]
    cells += [f"{m['r1']:.2f}", f"{m['r3']:.2f}"] if "r1" in m else []
    return cells + ["–" if np.isnan(x) else f"{x:.0f}" for x in more]


def main() -> None:
    """Print every table as Markdown."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        raise BadFile("no real data", fix="set THERMOCLINE_REAL_DATA to their folder")
    real = Path(os.environ["THERMOCLINE_REAL_DATA"])
    records = open_nature(Path(os.environ.get("THERMOCLINE_NATURE", "data")))
    common = "std °C, skewness (size), excess kurtosis, r(1 month), r(3), length km"
    table(
        f"monthly SST anomalies, {common}",
        [[name, *show(m, length)] for name, m, length in surface_rows(records, real)],
    )
    table(
        "Pacific winters (NDJFM) at 5°, std °C, skewness (size), excess kurtosis, r(1 winter), "
        "r(3), length km, Niño index std, its skewness",
        [
            [name, *show(m, length), f"{nino:.2f}", f"{skew:+.2f}"]
            for name, m, length, nino, skew in winter_rows(records, real)
        ],
    )
    table(
        "one month's SST, slope of the zonal spectrum (900–4500 km)",
        [[name, f"{slope:.2f}"] for name, slope in spectra(records, real)],
    )
    table(
        f"depth m, ocean, {common}, correlation with 5 m, with 100 m",
        [
            [f"{z:.0f}", name, *show(m, length), f"{top:.2f}", f"{mid:.2f}"]
            for z, name, m, length, top, mid in interior(records)
        ],
    )
    levels = ", ".join(f"{z} m" for z in ARGO_LEVELS)
    table(
        f"std °C (correlation with 100 m), {levels}, excess kurtosis",
        [
            [name, *(f"{a:.2f} ({b:.2f})" for a, b in zip(std, tie, strict=True)), f"{k:+.1f}"]
            for name, std, tie, k in argo(records, real)
        ],
    )
    table(
        "band, depth m, Levitus: mean and half the yearly range °C, r1, truth",
        [
            [band, f"{z:.0f}", *(f"{a:.1f} ± {b:.1f}" for a, b in values)]
            for band, z, *values in levitus(records, real)
        ],
    )


if __name__ == "__main__":
    main()
