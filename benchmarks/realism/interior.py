"""The interior by depth, and beside Argo and Levitus."""

from pathlib import Path

import numpy as np
import xarray as xr
from benchmarks.realism.measures import region
from benchmarks.realism.records import Record

LEVITUS_LAYERS = np.array([50, 70, 100, 140, 190, 240, 290, 340.0])
ARGO_LEVELS = [30, 50, 100, 150, 200, 300, 500, 700, 1000]


def interior(records: list[Record]) -> list[list]:
    """By depth: anomaly std, moments, memory, length, and correlation with 5 m and 100 m."""
    rows = []
    for level in range(records[0].depth.size):
        for r in (records[0], records[-1]):
            stats, length = region(r, (-60, 60, -180, 179.99), level)
            rows.append(
                [r.depth[level], r.name, stats, length, *(_tie(r, level, k) for k in (0, 5))]
            )
    return rows


def _tie(r: Record, a: int, b: int) -> float:
    x, y = r.anomaly[:, a], r.anomaly[:, b]
    with np.errstate(invalid="ignore", divide="ignore"):
        c = (x * y).mean(axis=0) / np.sqrt((x**2).mean(axis=0) * (y**2).mean(axis=0))
    return float(np.nanmean(c[np.abs(r.grid.latitude) < 60]))


def argo(records: list[Record], real: Path) -> list[list]:
    """Departures from climatology at the Argo profiles' places, and from the nature run's there."""
    ds = xr.open_dataset(real / "collocated/argo_standard_levels_with_levitus.nc")
    levels = ARGO_LEVELS
    lat, lon = ds.latitude.values, ds.longitude.values
    tropics = np.abs(lat) < 12
    departure = (ds.thetao - ds.levitus_thetao).sel(depth=levels).values
    rows = []
    for label, where in (("equatorial Atlantic", tropics), ("elsewhere", ~tropics)):
        rows.append([f"Argo − Levitus, {label}", *_columns(departure[where], levels)])
        for r in records:
            i, j = r.grid.locate(lat[where], lon[where])
            month = ds.time.dt.month.values[where] - 1
            years = np.random.default_rng(1).integers(0, len(r.anomaly) // 12, i.size)
            index = [int(np.argmin(np.abs(r.depth - z))) for z in levels]
            sample = r.anomaly[12 * years + month][np.arange(i.size), :, i, j][:, index]
            rows.append([f"{r.name}, same places", *_columns(sample, levels)])
    return rows


def _columns(x, levels):
    x = x - np.nanmean(x, axis=0)
    std = np.nanstd(x, axis=0)
    k = levels.index(100)
    tie = [
        float(np.nanmean(x[:, c] * x[:, k]) / np.sqrt(
            np.nanmean(np.where(np.isfinite(x[:, k]), x[:, c], np.nan) ** 2)
            * np.nanmean(np.where(np.isfinite(x[:, c]), x[:, k], np.nan) ** 2)))
        for c in range(len(levels))
    ]  # fmt: skip
    kurtosis = np.nanmean((x / std) ** 4, axis=0) - 3
    return std, tie, float(np.nanmean(kurtosis))


def levitus(records: list[Record], real: Path) -> list[list]:
    """Mean temperature and seasonal amplitude by latitude band and depth, beside Levitus."""
    raw = np.fromfile(real / "multilayer/levitus_mitgcm/lev_t.bin", ">f4")
    raw = raw.reshape(12, 15, 40, 90).astype(float)
    raw[raw == 0] = np.nan
    raw[raw < -2] = np.nan
    lat = np.arange(-78, 79, 4.0)
    centre = np.cumsum(LEVITUS_LAYERS) - LEVITUS_LAYERS / 2
    rows = []
    for band in ((-60, -40), (-40, -20), (-20, 20), (20, 40), (40, 60)):
        for layer in (0, 2, 4, 6):
            inside = (lat > band[0]) & (lat < band[1])
            real_values = _amplitude(raw[:, layer][:, inside], lat[inside])
            ours = []
            for r in (records[0], records[-1]):
                z = centre[layer]
                k = np.clip(np.searchsorted(r.depth, z) - 1, 0, r.depth.size - 2)
                share = (z - r.depth[k]) / (r.depth[k + 1] - r.depth[k])
                clim = r.climatology[:, k] * (1 - share) + r.climatology[:, k + 1] * share
                inside = (r.grid.latitude > band[0]) & (r.grid.latitude < band[1])
                ours.append(_amplitude(clim[:, inside], r.grid.latitude[inside]))
            rows.append([f"{band[0]}…{band[1]}°", centre[layer], real_values, *ours])
    return rows


def _amplitude(monthly, latitude):
    weight = np.cos(np.radians(latitude))[:, None] * np.isfinite(monthly.mean(axis=0))
    mean = np.nansum(monthly.mean(axis=0) * weight) / weight.sum()
    half = (monthly.max(axis=0) - monthly.min(axis=0)) / 2
    return float(mean), float(np.nansum(half * weight) / weight.sum())
