"""An answer in numbers, to read without opening the field."""

from typing import Any

import xarray as xr

from thermocline.answers.dataset import by_level
from thermocline.systems.reconstruct.endpoints.rejected import as_text

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
    attributes = dataset.attrs
    return {
        "date": attributes["date"],
        "variable": "thetao",
        "units": dataset["thetao"].attrs["units"],
        "levels": by_level(dataset, "thetao"),
        "observations": {
            **{key: int(attributes[f"observations_{key}"]) for key in COUNTS},
            "error_factor": float(attributes["observations_error_factor"]),
            "checks": str(attributes["observations_checks"]),
            "flags": as_text(dataset["observation_flag"].values),
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
