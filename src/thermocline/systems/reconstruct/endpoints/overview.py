"""An answer in numbers, to read without opening the field."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline.ocean.grid import LatLonGrid

COUNTS = (
    "given",
    "used",
    "off_level",
    "on_land",
    "snapped",
    "cells",
    "around",
    "off_month",
    "rejected",
)


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """Numbers to read without opening the field; plain JSON values.

    Area-weighted mean, minimum and maximum in °C and the RMS standard deviation of each level;
    and what became of the observations.
    """
    grid = LatLonGrid(dataset["latitude"].values, dataset["longitude"].values)
    area = grid.cell_area()
    levels = []
    for index, metres in enumerate(dataset["depth"].values):
        mean = dataset["thetao"].values[0, index].astype(np.float64)
        std = dataset["thetao_std"].values[0, index].astype(np.float64)
        sea = np.isfinite(mean)
        weight = np.where(sea, area, 0.0)
        if not sea.any():
            continue
        spread = float(np.sqrt((weight * np.where(sea, std, 0) ** 2).sum() / weight.sum()))
        levels.append(
            {
                "depth": float(metres),
                "mean": float((weight * np.where(sea, mean, 0)).sum() / weight.sum()),
                "minimum": float(mean[sea].min()),
                "maximum": float(mean[sea].max()),
                "std": spread if np.isfinite(spread) else None,
            }
        )
    attributes = dataset.attrs
    return {
        "date": attributes["date"],
        "variable": "thetao",
        "units": dataset["thetao"].attrs["units"],
        "levels": levels,
        "observations": {
            **{key: int(attributes[f"observations_{key}"]) for key in COUNTS},
            "error_factor": float(attributes["observations_error_factor"]),
            "checks": str(attributes["observations_checks"]),
        },
        "trust": {
            name.removeprefix("trust_"): float(value)
            for name, value in attributes.items()
            if name.startswith("trust_")
        },
        "members": int(attributes["members"]),
        "seed": int(attributes["seed"]),
        "evaluations": int(attributes["network_evaluations"]),
    }
