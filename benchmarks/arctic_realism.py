"""How like neXtSIM's is the simulated sea ice? Statistics of the bundled files beside its own.

    python -m benchmarks.arctic_realism [FOLDER]

neXtSIM's are of twelve-kilometre cells and of changes in 12 hours (public configuration of GenSIM);
ours are of 100 km, every fifth day, over all sea cells of the map. Extent: cells with 15 % or more.
"""

import argparse
from pathlib import Path

import netCDF4
import numpy as np
from rich.console import Console
from rich.table import Table

from thermocline.simulate.arctic.archive import FOLDER
from thermocline.simulate.arctic.files import MOORINGS
from thermocline.simulate.arctic.geography import make_arctic
from thermocline.simulate.arctic.run import VARIABLES

TARGETS = {  # mean, standard deviation
    "sithick": (0.88, 1.05),
    "siconc": (0.49, 0.475),
    "damage": (0.37, 0.43),
    "siu": (-0.0025, 0.062),
    "siv": (-0.008, 0.065),
}
OURS = {variable: name for name, (variable, *_) in MOORINGS.items()}


def read(paths: list[Path]) -> dict[str, np.ndarray]:
    """All variables [T, H, W] of a member, NaN on land, and `month` [T]."""
    made = {}
    for path in paths:
        with netCDF4.Dataset(path) as nc:
            for variable in VARIABLES:
                name = variable if variable in nc.variables else OURS[variable]
                if name in nc.variables:
                    values = np.ma.filled(nc[name][:].astype(np.float64), np.nan)
                    made[variable] = values / (100 if nc[name].units == "%" else 1)
            time = nc["time"]
            dates = netCDF4.num2date(time[:], time.units, time.calendar)
            made["month"] = np.array([date.month for date in dates])
            made["year"] = np.array([date.year for date in dates])
    return made


def main() -> None:
    """Print a table of moments, and one of extent, volume and exact values."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path("data") / FOLDER)
    folder = parser.parse_args().folder
    arctic, console = make_arctic(), Console(width=110)
    area = arctic.area[arctic.sea]
    moments = Table("variable", "neXtSIM", title="Mean ± standard deviation")
    rest = Table("member", "March", "September", "least and most Sept.", "volume Mar.", "Sept.")
    rest.title = "Extent (million km²), volume (thousand km³), shares of sea cells"
    for title in ("exactly 0", "exactly 1", "0.05 to 0.85", "1 in March's ice"):
        rest.add_column(title)
    columns = []
    for member in ("r1", "r2", "r3", "truth"):
        field = read(sorted(folder.glob(f"*_{member}i1p1f1*.nc")))
        sea = {name: field[name][:, arctic.sea] for name in VARIABLES}
        moments.add_column(member)
        columns.append([f"{sea[n].mean():.4f} ± {sea[n].std():.3f}" for n in VARIABLES])
        ice, march, september = sea["siconc"], field["month"] == 3, field["month"] == 9
        extent = ((ice >= 0.15) * area).sum(axis=1) / 1e12
        volume = (sea["sithick"] * area).sum(axis=1) / 1e12
        years = np.unique(field["year"])
        least = [extent[september & (field["year"] == year)].mean() for year in years]
        winter = ice[march]
        rest.add_row(
            member,
            *(f"{extent[when].mean():.1f}" for when in (march, september)),
            f"{min(least):.1f}, {max(least):.1f}",
            *(f"{volume[when].mean():.1f}" for when in (march, september)),
            *(f"{share:.3f}" for share in ((ice == 0).mean(), (ice == 1).mean())),
            f"{((ice > 0.05) & (ice < 0.85)).mean():.3f}",
            f"{(winter == 1).sum() / (winter > 0).sum():.3f}",
        )
    for row, (name, (mean, deviation)) in enumerate(TARGETS.items()):
        moments.add_row(name, f"{mean} ± {deviation}", *(column[row] for column in columns))
    console.print(moments)
    console.print(rest)


if __name__ == "__main__":
    main()
