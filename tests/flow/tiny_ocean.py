"""Run as a script in a scratch project: simulate a tiny archive into its data/ folder.

The bundled oceans and file formats, on a coarse grid and for a few years.
"""

from pathlib import Path

import numpy as np

from thermocline.ocean.grid import LatLonGrid
from thermocline.simulate import cmip6_file, en4_file
from thermocline.simulate.configuration import MEMBERS, TRUTH
from thermocline.simulate.geography import make_geography
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


if __name__ == "__main__":
    main()
