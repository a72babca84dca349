"""A summary of an answer in numbers."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline.ocean.rows import by_rows, row_blocks


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """A summary of the field; plain JSON values."""
    edges = np.sin(np.radians(dataset["latitude_bnds"].values))
    heights = (edges[:, 1] - edges[:, 0])[:, None]
    fields = [by_rows(dataset[f"analysed_sst{part}"]) for part in ("", "_std")]
    sea, certain, total, level, square = 0, True, 0.0, 0.0, 0.0
    coldest = warmest = np.float32(np.nan)
    for rows, *blocks in zip(row_blocks(len(edges)), *fields, strict=True):
        mean, std = (block.reshape(-1, block.shape[-1]) for block in blocks)
        weight = np.where(np.isfinite(mean), heights[rows], 0.0)
        sea += int((weight > 0).sum())
        total += weight.sum()
        level += (weight * np.nan_to_num(mean.astype(np.float64))).sum()
        square += (weight * np.nan_to_num(std.astype(np.float64)) ** 2).sum()
        coldest = np.fmin(coldest, np.fmin.reduce(mean, axis=None))
        warmest = np.fmax(warmest, np.fmax.reduce(mean, axis=None))
        certain &= not np.isfinite(std).any()
    attributes = dataset.attrs
    latitude, longitude = (dataset[name].values for name in ("latitude", "longitude"))
    return {
        "date": attributes["date"],
        "variable": "analysed_sst",
        "units": dataset["analysed_sst"].attrs["units"],
        "rows": len(latitude),
        "columns": len(longitude),
        "degrees": round(float(latitude[-1] - latitude[0]) / (len(latitude) - 1), 6),
        "sea": sea,
        "mean": float(level / total),
        "minimum": float(coldest),
        "maximum": float(warmest),
        "std": None if certain else float(np.sqrt(square / total)),
        "factor": int(attributes["factor"]),
        "input_error": float(attributes["input_error"]),
        "members": int(attributes["members"]),
        "seed": int(attributes["seed"]),
        "evaluations": int(attributes["network_evaluations"]),
    }
