"""Stage prepare: raw files to the training store and the collected profiles."""

from collections.abc import Iterator
from pathlib import Path

import xarray as xr
from rich.progress import Progress

from stage import files, run
from thermocline.config import load_config
from thermocline.prepare.profiles import collect_profiles
from thermocline.prepare.split import plan
from thermocline.prepare.writer import write_store
from thermocline.sources import read_field, read_profiles

TRUTH = "truth"
"""The member that files of the nature run belong to."""


def members(raw: Path) -> Iterator[xr.Dataset]:
    """Canonical datasets of the archive and of the withheld truth, opened one at a time."""
    archive, nature = files(raw / "cmip6", "thetao_*.nc"), files(raw / "nature", "thetao_*.nc")
    for path in archive + nature:
        with read_field(path, "thetao") as dataset:
            name = TRUTH if path in nature else dataset.attrs.get("member", "")
            yield dataset.assign_attrs(member=name, source_file=str(path))


def main() -> None:
    """Write build/prepared/reconstruct.nc and build/prepared/profiles.nc."""
    config = load_config()
    out, raw = config.data.prepared, config.data.raw
    with Progress() as bars:
        states = sum(len(samples) for samples in plan(config.data).values())
        bar = bars.add_task("states", total=states)

        def show(member: str, done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total, description=f"states of {member}")

        write_store(out / "reconstruct.nc", members(raw), config.grid, config.data, show)
        paths = bars.track(files(raw / "en4", "*.nc"), description="profiles")
        collect_profiles(out / "profiles.nc", (read_profiles(path) for path in paths))


if __name__ == "__main__":
    run(main)
