"""Does an answer hold at the very places where real profiles were given to it?

    python -m benchmarks.reality.one_day PROFILES.nc [--climatology FILE] [--model FOLDER]

An Argo file of one day is asked of `reconstruct`. At each float's place, and at some depths, the
answer is compared with what the float measured, whether that was used or rejected: differences in
°C, and in stated standard deviations (1 if the answer knows its errors). The file's values of
quality 1 and 2 count, at positions of quality 1 and 2.
"""

import argparse
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from thermocline import predict
from thermocline.sources.account import ATTRIBUTE, Account

DEPTHS = (5, 100, 300, 700)
GOOD = (b"1", b"2")


def profiles(path: Path) -> list[tuple[float, float, NDArray, NDArray]]:
    """Latitude, longitude, pressure (dbar) and temperature (°C) of each good profile."""
    with xr.open_dataset(path) as file:
        found = []
        for number in range(file.sizes["N_PROF"]):
            one = file.isel(N_PROF=number)
            good = np.isin(one["TEMP_QC"].values, GOOD)
            good &= np.isfinite(one["TEMP"].values) & np.isfinite(one["PRES"].values)
            if one["POSITION_QC"].item() in GOOD and good.sum() >= 3:
                place = float(one["LATITUDE"]), float(one["LONGITUDE"])
                found.append((*place, one["PRES"].values[good], one["TEMP"].values[good]))
    return found


def compared(answer: xr.Dataset, given: list, depth: float) -> NDArray[np.float64]:
    """Measured − answer (°C), and the stated standard deviation there [n, 2]."""
    level, rows = answer.sel(depth=depth, method="nearest"), []
    for latitude, longitude, pressure, temperature in given:
        if pressure.max() < depth:
            continue
        place = {"latitude": latitude, "longitude": longitude}
        mean = float(level["thetao"].interp(place))
        std = float(level["thetao_std"].sel(place, method="nearest"))
        rows.append((np.interp(depth, pressure, temperature) - mean, std))
    found = np.array(rows).reshape(-1, 2)
    return found[np.isfinite(found).all(axis=1)]


def main() -> None:
    """Print a line for each depth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profiles", type=Path)
    parser.add_argument("--climatology", type=Path)
    parser.add_argument("--model", default="build/models/reconstruct")
    asked = parser.parse_args()
    more = {} if asked.climatology is None else {"climatology": asked.climatology}
    model = predict.load_model(asked.model)
    answer = predict.ask(model, file=asked.profiles, **more).squeeze()
    given, console = profiles(asked.profiles), Console(width=100)
    account = Account.from_json(answer.attrs[ATTRIBUTE])
    console.print(f"{account.used} of {account.held} values used; {answer.attrs.get('warnings')}")
    table = Table("depth", "floats", "RMS difference (°C)", "RMS, in deviations", "median")
    for depth in DEPTHS:
        found = compared(answer, given, depth)
        z = np.abs(found[:, 0]) / found[:, 1]
        rms = (float(np.sqrt((part**2).mean())) for part in (found[:, 0], z))
        cells = [f"{value:.2f}" for value in (*rms, float(np.median(z)))]
        table.add_row(f"{depth} m", str(len(found)), *cells)
    console.print(table)


if __name__ == "__main__":
    main()
