"""An answer in numbers, to read without opening the field."""

from typing import Any

import numpy as np
import xarray as xr


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """Numbers to read without opening the field; plain JSON values."""
    mean, std = (dataset[f"analysed_sst{part}"].values.squeeze() for part in ("", "_std"))
    edges = np.sin(np.radians(dataset["latitude_bnds"].values))
    weight = np.where(np.isfinite(mean), (edges[:, 1] - edges[:, 0])[:, None], 0.0)
    total = weight.sum()
    spread = float(np.sqrt((weight * np.nan_to_num(std.astype(np.float64)) ** 2).sum() / total))
    attributes = dataset.attrs
    latitude, longitude = (dataset[name].values for name in ("latitude", "longitude"))
    return {
        "date": attributes["date"],
        "variable": "analysed_sst",
        "units": dataset["analysed_sst"].attrs["units"],
        "rows": len(latitude),
        "columns": len(longitude),
        "degrees": round(float(latitude[-1] - latitude[0]) / (len(latitude) - 1), 6),
        "sea": int((weight > 0).sum()),
        "mean": float((weight * np.nan_to_num(mean.astype(np.float64))).sum() / total),
        "minimum": float(np.nanmin(mean)),
        "maximum": float(np.nanmax(mean)),
        "std": spread if np.isfinite(std).any() else None,
        "factor": int(attributes["factor"]),
        "input_error": float(attributes["input_error"]),
        "members": int(attributes["members"]),
        "seed": int(attributes["seed"]),
        "evaluations": int(attributes["network_evaluations"]),
    }
