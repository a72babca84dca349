"""Moments, memory, length and spectral slope of anomalies."""

import numpy as np
from benchmarks.realism.records import Record

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import great_circle_distance


def moments(anomaly) -> dict[str, float]:
    """Statistics of anomalies [T, N]: each column standardised, then averaged."""
    x = anomaly[:, np.isfinite(anomaly).all(axis=0)]
    x = x - x.mean(axis=0)
    std = x.std(axis=0)
    z = x[:, std > 1e-3] / std[std > 1e-3]
    lag = lambda k: float((z[k:] * z[:-k]).mean())
    return {
        "std": float(np.sqrt((std**2).mean())),
        "skew": float(np.abs((z**3).mean(axis=0)).mean()),
        "kurtosis": float(((z**4).mean(axis=0) - 3).mean()),
        "r1": lag(1),
        "r3": lag(3),
    }


def decorrelation_km(anomaly, latitude, longitude, reach=4000.0, bin_km=250.0) -> float:
    """Distance at which the correlation of columns of [T, N] falls to 1/e, on average."""
    good = np.isfinite(anomaly).all(axis=0)
    picks = np.flatnonzero(good)
    picks = np.random.default_rng(0).permutation(picks)[:600]
    correlation = np.corrcoef(anomaly[:, picks].T)
    lat, lon = latitude[picks], longitude[picks]
    distance = great_circle_distance(lat[:, None], lon[:, None], lat, lon) / 1000
    bins = np.floor(distance / bin_km + 0.5).astype(int)
    limit = int(reach / bin_km)
    mean = [correlation[bins == b].mean() for b in range(limit) if (bins == b).any()]
    place = [distance[bins == b].mean() for b in range(limit) if (bins == b).any()]
    below = np.flatnonzero(np.array(mean) < np.exp(-1))
    if below.size == 0:
        return float("nan")
    i = below[0]
    share = (mean[i - 1] - np.exp(-1)) / (mean[i - 1] - mean[i])
    return float(place[i - 1] + share * (place[i] - place[i - 1]))


def spectrum_slope(field, grid: LatLonGrid) -> float:
    """Log–log slope of zonal spectra between 900 and 4500 km, on open stretches [T, H, W]."""
    powers, waves = [], []
    dx = 111.2 * (grid.longitude[1] - grid.longitude[0]) * np.cos(np.radians(grid.latitude))
    width = 24
    for row in np.flatnonzero(np.abs(grid.latitude) < 55):
        for start in range(0, field.shape[2], width):
            piece = field[:, row, start : start + width]
            piece = piece[np.isfinite(piece).all(axis=1)]
            if piece.shape[0] == 0 or piece.shape[1] < width:
                continue
            t = np.arange(width) - (width - 1) / 2
            piece = piece - piece.mean(axis=1, keepdims=True)
            piece = piece - ((piece @ t) / (t @ t))[:, None] * t
            power = (np.abs(np.fft.rfft(piece * np.hanning(width), axis=1)) ** 2).mean(axis=0)
            wave = np.arange(power.size) / (width * dx[row])
            use = (wave > 1 / 4500) & (wave < 1 / 900)
            powers.append(np.log(power[use]) - np.log(power[use]).mean())
            waves.append(np.log(wave[use]) - np.log(wave[use]).mean())
    x, y = np.concatenate(waves), np.concatenate(powers)
    return float((x @ y) / (x @ x))


def region(r: Record, box, level=0):
    """Moments and decorrelation length (km) of a box (south, north, west, east) at a level."""
    i, j = r.box(*box)
    a = r.anomaly[:, level][:, i][:, :, j]
    lat, lon = np.meshgrid(r.grid.latitude[i], r.grid.longitude[j], indexing="ij")
    flat = a.reshape(len(a), -1)
    return moments(flat), decorrelation_km(flat, lat.ravel(), lon.ravel())
