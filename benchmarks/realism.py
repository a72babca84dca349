"""How like the real ocean is the nature run? One table of measured numbers.

    THERMOCLINE_REAL_DATA=… python benchmarks/realism.py        prints Markdown, for docs/realism.md

Real fields are brought to the nature run's grid (block means into its cells) before they are
compared; regions and months are chosen alike.
"""

import os
from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.errors import BadFile
from thermocline.ocean.basins import basin_of
from thermocline.ocean.grid import Grid, great_circle_distance, wrap_longitude

LEVITUS_LAYERS = np.array([50, 70, 100, 140, 190, 240, 290, 340.0])
ARGO_LEVELS = [30, 50, 100, 150, 200, 300, 500, 700, 1000]
NEAR_TASMAN = (-50.0, -30.0, 140.0, 170.0)


class Record:
    """Monthly temperatures [T, C, H, W] on the model's grid, January first."""

    def __init__(self, name, field, grid, depth, first_year):
        self.name, self.field, self.grid, self.depth = name, field, grid, depth
        self.first_year = first_year
        self.climatology = np.stack([field[m::12].mean(axis=0) for m in range(12)])
        self.anomaly = field - np.tile(self.climatology, (len(field) // 12, 1, 1, 1))

    def box(self, south, north, west, east):
        """Rows and columns of a box in degrees; `east` may exceed 180."""
        lon = (self.grid.longitude - west) % 360
        rows = np.flatnonzero((self.grid.latitude >= south) & (self.grid.latitude <= north))
        columns = np.flatnonzero(lon <= east - west)
        return rows, columns[np.argsort(lon[columns])]


def open_nature(folder: Path) -> list[Record]:
    """The members and the truth."""
    records = []
    for path in sorted(folder.glob("*/thetao_*.nc")):
        with xr.open_dataset(path) as ds:
            ds = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")
            grid = Grid(ds.lat.values, ds.lon.values)
            name = "truth" if "nature" in path.name else ds.attrs["variant_label"][:2]
            year = int(ds.time.dt.year[0])
            records.append(Record(name, ds.thetao.values, grid, ds.lev.values, year))
    if not records:
        raise BadFile("no nature run", where=str(folder), fix="run `dvc pull` or `make data`")
    return records


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


def spectrum_slope(field, grid: Grid) -> float:
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


def to_grid(values, latitude, longitude, grid: Grid):
    """Mean [H, W] of the values in each cell; NaN where more than half of them are missing."""
    lat, lon = np.broadcast_arrays(latitude, longitude)
    row, column = grid.locate(lat.ravel(), lon.ravel())
    cell = row * grid.shape[1] + column
    good = np.isfinite(values.ravel())
    size = grid.shape[0] * grid.shape[1]
    count = np.bincount(cell[good], minlength=size)
    total = np.bincount(cell[good], values.ravel()[good], minlength=size)
    every = np.bincount(cell, minlength=size)
    mean = total / np.maximum(count, 1)
    return np.where((count > 0.5 * every) & (count > 0), mean, np.nan).reshape(grid.shape)


# ------------------------------------------------------------------ sea surface


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
        rows.append([f"{r.name}, Tasman (30–50°S, 140–170°E)", *_region(r, NEAR_TASMAN)])
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
        rows.append([f"{r.name}, global 60°S–60°N", *_region(r, (-60, 60, -180, 179.99))])
    return rows


def _region(r: Record, box, level=0):
    i, j = r.box(*box)
    a = r.anomaly[:, level][:, i][:, :, j]
    lat, lon = np.meshgrid(r.grid.latitude[i], r.grid.longitude[j], indexing="ij")
    flat = a.reshape(len(a), -1)
    return moments(flat), decorrelation_km(flat, lat.ravel(), lon.ravel())


def winter_rows(records: list[Record], real: Path) -> list[list]:
    """November–March means at 5° in the Pacific: HadISST winters beside the nature run's."""
    had = xr.open_dataset(real / "sst/sst_ndjfm_anom.nc", decode_times=False)
    lat, lon = np.meshgrid(had.latitude.values, had.longitude.values, indexing="ij")
    pacific = np.isin(basin_of(lat, lon), [4, 5])
    sst = np.where(pacific, had.sst.values, np.nan)
    rows = [_winter("HadISST 1962–2012", sst, lat, lon)]
    coarse = Grid(had.latitude.values, np.sort(wrap_longitude(had.longitude.values)))
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


# ------------------------------------------------------------------ the interior


def interior(records: list[Record]) -> list[list]:
    """By depth: anomaly std, moments, memory, length, and correlation with 5 m and 100 m."""
    rows = []
    for level in range(records[0].depth.size):
        for r in (records[0], records[-1]):
            stats, length = _region(r, (-60, 60, -180, 179.99), level)
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
