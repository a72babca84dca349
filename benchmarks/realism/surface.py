"""The sea surface beside OISST, HadISST and CMIP6."""

from pathlib import Path

import numpy as np
import xarray as xr
from benchmarks.realism.measures import decorrelation_km, moments, region, spectrum_slope
from benchmarks.realism.records import Record, to_grid

from thermocline.ocean.basins import basin_of
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import wrap_longitude

NEAR_TASMAN = (-50.0, -30.0, 140.0, 170.0)


def surface_rows(records: list[Record], real: Path) -> list[list]:
    """Skewness, kurtosis, memory, length of SST anomalies, region by region."""
    rows = []
    oisst = (
        xr.concat(
            [xr.open_dataset(f)["sst"] for f in sorted(real.glob("sst/oisst_tasman/*.nc"))], "time"
        )
        .sel(time=slice("1982", "2009"))
        .resample(time="MS")
        .mean()
    )
    for label, block in (("0.25°", 1), ("2.75° means", 11)):
        d = oisst.coarsen(lat=block, lon=block, boundary="trim").mean() if block > 1 else oisst
        a = (d.groupby("time.month") - d.groupby("time.month").mean()).values
        lat, lon = np.meshgrid(d.lat, d.lon, indexing="ij")
        flat = a.reshape(len(a), -1)
        length = decorrelation_km(flat, lat.ravel(), lon.ravel(), 1200, 100)
        rows.append([f"OISST Tasman, {label}", moments(flat), length])
    for r in records:
        rows.append([f"{r.name}, Tasman (30–50°S, 140–170°E)", *region(r, NEAR_TASMAN)])
    mpi = xr.open_dataset(next(real.glob("sst/tos_Omon_MPI-ESM1-2-LR*.nc")), decode_times=False)
    tos = mpi.tos.values.reshape(20, 12, -1)
    lat, lon = mpi.latitude.values.ravel(), wrap_longitude(mpi.longitude.values.ravel())
    row = ["MPI-ESM1-2-LR, 30 points of the globe, 20 years"]
    rows.append([*row, moments((tos - tos.mean(axis=0)).reshape(240, -1)), float("nan")])
    for r in records:
        i, j = r.grid.locate(lat, lon)
        span = r.anomaly[-min(240, len(r.anomaly)) :, 0]
        rows.append([f"{r.name}, the same points", moments(span[:, i, j]), float("nan")])
    for r in records:
        rows.append([f"{r.name}, global 60°S–60°N", *region(r, (-60, 60, -180, 179.99))])
    return rows


def winter_rows(records: list[Record], real: Path) -> list[list]:
    """November–March means at 5° in the Pacific: HadISST winters beside the nature run's."""
    had = xr.open_dataset(real / "sst/sst_ndjfm_anom.nc", decode_times=False)
    lat, lon = np.meshgrid(had.latitude.values, had.longitude.values, indexing="ij")
    pacific = np.isin(basin_of(lat, lon), [4, 5])
    sst = np.where(pacific, had.sst.values, np.nan)
    rows = [_winter("HadISST 1962–2012", sst, lat, lon)]
    coarse = LatLonGrid(had.latitude.values, np.sort(wrap_longitude(had.longitude.values)))
    order = np.argsort(wrap_longitude(had.longitude.values))
    for r in records:
        sst = r.field[:, 0]
        winters = np.stack([sst[m : m + 5].mean(axis=0) for m in range(10, len(sst) - 5, 12)])
        winters = winters - winters.mean(axis=0)
        la, lo = np.meshgrid(r.grid.latitude, r.grid.longitude, indexing="ij")
        inside = (la > -25) & (la < 65) & ((lo % 360) > 115) & ((lo % 360) < 265)
        binned = np.stack([to_grid(np.where(inside, w, np.nan), la, lo, coarse) for w in winters])
        back = np.empty_like(binned)
        back[:, :, order] = binned
        rows.append(_winter(r.name, np.where(pacific, back, np.nan), lat, lon))
    return rows


def _winter(name, sst, lat, lon):
    flat = sst.reshape(len(sst), -1)
    nino = (np.abs(lat) < 6) & (lon % 360 > 190) & (lon % 360 < 240)
    index = np.nanmean(sst[:, nino], axis=1)
    z = (index - index.mean()) / index.std()
    length = decorrelation_km(flat, lat.ravel(), lon.ravel(), 8000, 500)
    return [name, moments(flat), length, float(index.std()), float((z**3).mean())]


def spectra(records: list[Record], real: Path) -> list[list]:
    """Slope of the zonal spectrum of full SST fields, everything on the model's grid."""
    grid = records[0].grid
    rows = []
    for path in [*sorted(real.glob("sst/tos_Omon_*.nc")), real / "sst/oisst-avhrr.nc"]:
        if "MPI" in path.name:
            continue
        ds = xr.open_dataset(path, decode_times=False)
        name = "sst" if "sst" in ds else "tos"
        field = ds[name].isel(time=0).squeeze().values
        field = np.where((field > -3) & (field < 40), field, np.nan)
        lat = next(ds[n] for n in ("lat", "latitude", "nav_lat") if n in ds).values
        lon = next(ds[n] for n in ("lon", "longitude", "nav_lon") if n in ds).values
        if lat.ndim == 1:
            lat, lon = np.meshgrid(lat, lon, indexing="ij")
        keep = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90)
        binned = to_grid(np.where(keep, field, np.nan), np.where(keep, lat, 0.0), lon, grid)
        name = path.stem.split("_")[2] if "Omon" in path.name else "OISST v2.1, one day"
        rows.append([name, spectrum_slope(binned[None], grid)])
    for r in records:
        full = spectrum_slope(r.field[-60:, 0], grid)
        anomaly = spectrum_slope(r.anomaly[-60:, 0], grid)
        rows.append([f"{r.name} (anomalies alone: {anomaly:.2f})", full])
    return rows
