"""Run as a script in a scratch project: simulate a tiny archive into its data/ folder.

The bundled oceans and file formats, on a coarse grid and for a few years; a small box of fine and
coarse sea-surface temperature, of waves instead of stirred water; sea ice and columns by formula.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.simulate import cmip6_file, en4_file, sst_files
from thermocline.simulate.arctic import files as ice_files
from thermocline.simulate.configuration import MEMBERS, TRUTH
from thermocline.simulate.geography import make_geography
from thermocline.simulate.mesoscale import files as water_files
from thermocline.simulate.model import simulate
from thermocline.simulate.profiles import observe_month
from thermocline.systems.config import load_config

FIRST, LAST = 1980, 1986


def main() -> None:
    """Write three members, the truth and two months of profiles."""
    config = load_config()
    raw = config.data.raw
    grid = LatLonGrid.regular(
        config.reconstruct.data.grid.rows, config.reconstruct.data.grid.columns
    )
    geography = make_geography(grid, np.array(config.reconstruct.data.grid.depth))
    for ocean in (*MEMBERS, TRUTH):
        held_out = ocean is TRUTH
        field = simulate(ocean, geography, LAST - FIRST + 1, spin_up=1, seed=config.seed)
        variant = "r1i1p1f1" if held_out else f"{ocean.name}i1p1f1"
        source, experiment = ("N1", "nature") if held_out else ("S1", "historical")
        name = cmip6_file.file_name(source, experiment, variant, FIRST, LAST)
        path = raw / ("nature" if held_out else "cmip6") / name
        attributes = {"variant_label": variant, "source_id": source, "Conventions": "CF-1.7"}
        cmip6_file.write_cmip6(path, field, grid, geography.depth, FIRST, attributes)
    random = np.random.default_rng(0)
    for month in (1, 2):
        profiles = observe_month(field[month - 13], geography, 28, random)
        path: Path = raw / "en4" / en4_file.file_name(LAST, month)
        en4_file.write_en4(path, profiles, LAST, month, "Simulated profiles")
    write_sst(raw, "r1", [(FIRST, 8), (LAST - 1, 2), (LAST, 2)], seed=1)
    write_sst(raw, "truth", [(LAST - 1, 2), (LAST, 2)], seed=2)
    write_ice(raw, "r1", FIRST, seed=1)
    write_ice(raw, "truth", LAST - 1, seed=2)
    write_water(raw, "r1", [(FIRST, 24), (LAST - 1, 4)], seed=1)
    write_water(raw, "r2", [(FIRST, 24)], seed=2)
    write_water(raw, "truth", [(LAST - 1, 4)], seed=3)


def write_sst(raw: Path, member: str, years: list[tuple[int, int]], seed: int) -> None:
    """Fine and coarse days of a member: so many in each year, 25 days apart."""
    random = np.random.default_rng(seed)
    cells, factor = 20, 5
    steps = lambda count: 5.0 / count * (np.arange(count) + 0.5)
    grid = LatLonGrid(-44.0 + steps(cells), 148.0 + steps(cells))
    blocks = LatLonGrid(-44.0 + steps(cells // factor), 148.0 + steps(cells // factor))
    days = np.array(
        [np.datetime64(f"{year}-01-05") + 25 * k for year, count in years for k in range(count)]
    )
    north, east = np.meshgrid(steps(cells), steps(cells), indexing="ij")
    fine = np.zeros((len(days), cells, cells))
    for day in fine:
        day += 15 + 0.4 * north
        for wave in range(1, 7):
            angle, phase = random.uniform(0, 2 * np.pi, 2)
            along = np.cos(angle) * east + np.sin(angle) * north
            day += 0.8 / wave * np.sin(0.4 * wave * along + phase)
    fine[:, :5, :6] = np.nan  # land: a whole block, and part of another
    mean = np.stack([block_mean(day, grid.cell_area(), factor) for day in fine])
    # So large that an interpolation is worse than a regression, and there is a champion.
    error = np.where(np.isnan(mean), np.nan, 0.4)
    coarse = mean + error * random.standard_normal(mean.shape)
    notes = {"variant_label": f"{member}i1p1f1", "source": "Simulated"}
    for folder in ("ostia", "oisst"):
        (raw / folder).mkdir(exist_ok=True)
    place = raw / "ostia" / sst_files.ostia_name(grid, days, f"{member}i1p1f1")
    sst_files.write_ostia(place, fine, grid, days, 0.01, notes)
    place = raw / "oisst" / sst_files.oisst_name(blocks, days, f"{member}i1p1f1")
    sst_files.write_oisst(place, coarse, error, blocks, days, notes)


def write_water(raw: Path, member: str, years: list[tuple[int, int]], seed: int) -> None:
    """Weeks of a member's water and of what satellites see of it: so many in each year."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from densify_world import DEPTH, GRID, state

    days = np.array(
        [np.datetime64(f"{year}-01-05") + 7 * k for year, count in years for k in range(count)]
    )
    random = np.random.default_rng(seed)
    states = [state(random, day) for day in days]
    fields = {name: np.stack([each[name] for each in states]) for name in states[0]}
    about = {"variant_label": f"{member}i1p1f1"}
    folder = raw / "eddies"
    folder.mkdir(exist_ok=True)
    name = lambda kind: folder / f"{kind}_{member}i1p1f1.nc"
    water = {"thetao": fields["thetao"], "so": fields["so"], "zos": fields["zos"]}
    water_files.write_grid(name("model"), water, GRID, days, about, tuple(DEPTH))
    water_files.write_grid(name("sss"), {"sos": fields["sos"]}, GRID, days, about)
    water_files.write_grid(name("adt"), {"adt": fields["zos"]}, GRID, days, about)
    sst_files.write_ostia(name("sst"), fields["tos"], GRID, days, 0.02, about)


def write_ice(raw: Path, member: str, first: int, seed: int) -> None:
    """Sea ice of a member, in the middle of each month."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from ice_states import GRID, state

    days = [f"{year}-{month:02d}-15" for year in range(first, LAST + 1) for month in range(1, 13)]
    random = np.random.default_rng(seed)
    states = [state(random, int(day[5:7])) for day in days]
    fields = {name: np.stack([each[name] for each in states]) for name in states[0]}
    latitude, longitude = GRID.centres()
    arctic = SimpleNamespace(grid=GRID, latitude=latitude, longitude=longitude)
    archive = SimpleNamespace(arctic=arctic, days=np.array(days, "datetime64[D]"), fields=fields)
    (raw / "arctic").mkdir(exist_ok=True)
    path = raw / "arctic" / ice_files.moorings_name(f"{member}i1p1f1", archive.days)
    ice_files.write_moorings(path, archive, {"variant_label": f"{member}i1p1f1"})  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
