"""What it costs to read an upload in a process of its own, as the service does.

    python -m benchmarks.uploads [--times 100]

The same files are read in this process and by a reader that is warm, in turns: a small field, a
larger one, and a table. Refused files cost more, as each ends its reader: the last column.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import xarray as xr
from bento.stopping import Stop
from bento.uploads.readers import Readers

from thermocline.answers.reading import read, reading_elsewhere
from thermocline.errors import ThermoclineError
from thermocline.systems.reconstruct.endpoints.tables import profiles_of
from thermocline.systems.superres.endpoints.coarse import MAX_CELLS, read_day


def field(path: Path) -> xr.Dataset:
    """Sea-surface temperature of a file."""
    return read(read_day, path, "", None, MAX_CELLS)


def profiles(path: Path) -> xr.Dataset:
    """Profiles of a file."""
    return read(profiles_of, path, "")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    readers = Readers(Path(__file__).resolve().parents[1])
    readers.start()
    print("| | here p50, ms | elsewhere p50, ms | difference p50, ms | refused p50, ms |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / "broken.nc"
        broken.write_bytes(b"\x89HDF\r\n\x1a\n")
        for name, reader, path in files(Path(folder)):
            here = lambda reader=reader, path=path: reader(path)

            def elsewhere(reader=reader, path=path) -> None:
                with reading_elsewhere(readers.elsewhere(Stop())):
                    reader(path)

            def refused(reader=reader) -> None:
                with suppress(ThermoclineError):
                    elsewhere(reader, broken)

            for _ in range(4):
                here(), elsewhere()
            pairs = np.array([(timed(here), timed(elsewhere)) for _ in range(times)])
            ends = [timed(refused, wait=0.3) for _ in range(10)]
            p50 = [*np.median(pairs, 0), np.median(pairs[:, 1] - pairs[:, 0]), np.median(ends)]
            print(f"| {name} | " + " | ".join(f"{1e3 * each:.1f}" for each in p50) + " |")
    readers.close()


def timed(work: Callable[[], object], wait: float = 0.0) -> float:
    """Seconds that it takes, begun after a pause."""
    time.sleep(wait)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def files(folder: Path) -> list[tuple[str, Callable[[Path], xr.Dataset], Path]]:
    """Name, reader and path of each."""
    found: list[tuple[str, Callable[[Path], xr.Dataset], Path]] = []
    for rows in (40, 720):
        lat, lon = (np.linspace(-80, 80, rows), np.linspace(-170, 170, 2 * rows))
        made = xr.Dataset(
            {"tos": (("lat", "lon"), np.full((rows, 2 * rows), 15.0, "f4"), {"units": "degC"})},
            {
                "lat": ("lat", lat, {"units": "degrees_north"}),
                "lon": ("lon", lon, {"units": "degrees_east"}),
            },
        )
        made.to_netcdf(folder / f"{rows}.nc")
        found.append((f"NetCDF, {rows} × {2 * rows}", field, folder / f"{rows}.nc"))
    row = "{},{},5,20.5,2008-03-01\n"
    lines = [row.format(k % 80, k % 170) for k in range(2000)]
    table = folder / "table.csv"
    table.write_text("latitude,longitude,depth,temperature,date\n" + "".join(lines))
    found.append(("CSV, 2000 rows", profiles, table))
    return found


if __name__ == "__main__":
    main()
