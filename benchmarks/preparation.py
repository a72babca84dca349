"""Preparation of an archive larger than the memory it may take, against plain reading of its bytes.

    PYTHONSAFEPATH=1 python -m benchmarks.preparation SCRATCH [--gigabytes 6.2] [--memory 1.2GB]

An archive of compressed monthly temperatures, 33 levels of 1° as CMIP6 has them, is made in SCRATCH
(kept, and used again). Printed, with the same number of processes each:

    reading      every value read by netCDF4, and nothing done with it
    here         `prepare` on its own cluster
    apart        `prepare --scheduler`, on a scheduler and workers started apart
    killed       as `here`; a worker is killed (SIGKILL) when a third of the parts are done

Rates are bytes of the files by seconds, and by the processors' seconds, which tell more on a
machine that others use. Memory is the most that all processes hold at once: the sum of their
resident sets, which counts what they share several times over.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import netCDF4
import numpy as np
import psutil
import yaml
from distributed import Client
from pydantic import ByteSize, TypeAdapter
from rich.console import Console
from rich.table import Table

from thermocline.files import atomic_path
from thermocline.prepare.cluster import ALLOCATION
from thermocline.prepare.store import Store

ROOT = Path(__file__).resolve().parents[1]
SIZES = {"time": 120, "lev": 33, "lat": 180, "lon": 360}
DEPTH = np.geomspace(5, 5500, 33)
STORE = "build/prepared/reconstruct.nc"
RUNS = ["here", "killed", "apart"]
STEP = 5.3e6
"""Bytes of a compressed step."""


def write_file(path: Path, year: int, seed: int) -> None:
    """Ten years from `year`, at random about a profile; nothing below a random sea floor."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal((12, *list(SIZES.values())[1:]), np.float32)
    latitude, longitude = np.arange(-89.5, 90), np.arange(0.5, 360)
    mean = 25 * np.cos(np.radians(latitude))[:, None] * np.exp(-DEPTH / 1000)[:, None, None]
    floor = np.random.default_rng(0).uniform(0, 6000, (18, 36)).repeat(10, 0).repeat(10, 1)
    land = DEPTH[:, None, None] >= floor
    axes = {
        "time": (365 * (year - 1850) + 30.4 * np.arange(120) + 15, "days since 1850-01-01", "T"),
        "lev": (DEPTH, "m", "Z"),
        "lat": (latitude, "degrees_north", "Y"),
        "lon": (longitude, "degrees_east", "X"),
    }
    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.variant_label, file.source_id = f"{path.stem.split('_')[4]}", "benchmark"
        for name, (values, units, axis) in axes.items():
            file.createDimension(name, len(values))
            variable = file.createVariable(name, "f8", (name,))
            variable.setncatts({"units": units, "axis": axis})
            if name == "lev":
                variable.setncatts({"positive": "down", "standard_name": "depth"})
            if name == "time":
                variable.setncatts({"calendar": "noleap", "standard_name": "time"})
            variable[:] = values
        field = file.createVariable(
            "thetao", "f4", tuple(SIZES), fill_value=1e20, zlib=True, complevel=1, shuffle=True,
            chunksizes=(1, *list(SIZES.values())[1:]),
        )  # fmt: skip
        field.units, field.standard_name = "degC", "sea_water_potential_temperature"
        for step in range(120):
            values = mean + 0.3 * np.roll(noise[step % 12], step, axis=-1)
            field[step] = np.where(land, np.float32(1e20), values)


def make(folder: Path, gigabytes: float, processes: int) -> list[Path]:
    """The archive, as far as it is not there: two members of the same years, and a truth."""
    decades = max(2, ceil((gigabytes * 1e9 / STEP / 120 - 1) / 2))
    years = [1850 + 10 * k for k in range(decades)]
    files = [
        (folder / "data/cmip6" / _name(f"r{m}", year), year, 100 * m + year)
        for m in (1, 2)
        for year in years
    ]
    files.append((folder / "data/nature" / _name("r9", years[-1]), years[-1], 7))
    with _pool(processes) as pool:
        made = [pool.submit(write_file, *each) for each in files if not each[0].exists()]
        for each in made:
            each.result()
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    last, members = years[-1] + 9, ["r1", "r2"]
    values["data"] |= {
        "train": {"members": members, "first": 1850, "last": last - 5},
        "validation": {"members": members, "first": last - 4, "last": last},
        "test": {"members": ["truth"], "first": last - 9, "last": last},
    }
    (folder / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return [path for path, *_ in files]


def _name(member: str, year: int) -> str:
    return f"thetao_Omon_benchmark_historical_{member}i1p1f1_gr_{year}01-{year + 9}12.nc"


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def read(path: Path) -> int:
    """Reads all of a file's temperatures, a step at a time."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        return sum(file["thetao"][step].size for step in range(SIZES["time"]))


class Peak(Thread):
    """Looks at processes and their children until it is stopped.

    Attributes:
        most: the largest sum of their resident sets, in bytes.
        shared_once: the same with shared pages counted once (PSS), looked at less often.
        processor: seconds of all processors that they took.
    """

    def __init__(self, processes: list[int]):
        super().__init__(daemon=True)
        self.roots, self.over = [psutil.Process(p) for p in processes], Event()
        self.most, self.shared_once = 0, 0
        self._seconds: dict[int, float] = {}
        self.start()

    def run(self) -> None:
        count = 0
        while not self.over.wait(0.1):
            count += 1
            self.most = max(self.most, self._sum(lambda p: p.memory_info().rss))
            if count % 10 == 0:
                whole = self._sum(lambda p: p.memory_full_info().pss)
                self.shared_once = max(self.shared_once, whole)

    @property
    def processor(self) -> float:
        return sum(self._seconds.values())

    def _sum(self, size) -> int:
        total = 0
        for root in self.roots:
            try:
                for process in (root, *root.children(recursive=True)):
                    total += size(process)
                    times = process.cpu_times()
                    self._seconds[process.pid] = times.user + times.system
            except psutil.Error:
                continue
        return total


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen]:
    """A process that is ended behind the block."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    told = {name: str(value) for name, value in ALLOCATION.items()}
    process = subprocess.Popen([sys.executable, "-m", *command], env=environment() | told, **quiet)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def environment() -> dict[str, str]:
    """Of all that is started: one thread for each process; workers as docs/clusters.md has them."""
    of_dask = {
        f"DASK_DISTRIBUTED__WORKER__{name}": "False"
        for name in ("MEMORY__PAUSE", "PROFILE__ENABLED")
    }
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": ""} | of_dask


def prepare(
    folder: Path, options: list[str], besides: list[int], kill: bool
) -> tuple[float, Peak, str]:
    """Seconds, memory, and the digest of the store."""
    shutil.rmtree(folder / "build", ignore_errors=True)
    command = [sys.executable, str(ROOT / "pipelines/prepare.py"), "reconstruct", *options]
    start = time.monotonic()
    with subprocess.Popen(command, cwd=folder, env=environment()) as process:
        peak = Peak([process.pid, *besides])
        parts = folder / "build/prepared/.reconstruct-parts"
        while kill and process.poll() is None:
            if len(list(parts.glob("*.json"))) >= len(list(folder.glob("data/*/*.nc"))):
                workers = [p for p in psutil.Process(process.pid).children(recursive=True)
                           if "spawn_main" in " ".join(p.cmdline())]  # fmt: skip
                victim = max(workers, key=lambda p: p.memory_info().rss)
                os.kill(victim.pid, signal.SIGKILL)
                Console().print(f"killed worker {victim.pid}")
                kill = False
            time.sleep(0.2)
        if process.wait():
            raise SystemExit(f"prepare {' '.join(options)} failed")
    seconds = time.monotonic() - start
    peak.over.set()
    return seconds, peak, Store.open(folder / STORE).digest()


def apart(folder: Path, workers: int, memory: int) -> tuple[float, Peak, str]:
    """The same on a scheduler and workers of their own, within the same memory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    # The scheduler, the workers' nanny and the process that collects need some 400 MB.
    share = str((memory - 400_000_000) // workers)
    here = ("--host", "127.0.0.1", "--no-dashboard")
    port = address.rpartition(":")[2]
    limits = ("--nworkers", str(workers), "--nthreads", "1", "--memory-limit", share)
    with (
        started("distributed.cli.dask_scheduler", *here, "--port", port) as scheduler,
        started("distributed.cli.dask_worker", address, *here, *limits) as worker,
    ):
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        return prepare(folder, ["--scheduler", address], [scheduler.pid, worker.pid], False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--gigabytes", type=float, default=6.2)
    parser.add_argument("--memory", default="1.2GB")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", choices=RUNS, default=RUNS)
    asked = parser.parse_args()
    memory, folder = TypeAdapter(ByteSize).validate_python(asked.memory), asked.scratch
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < 1.3e9 * asked.gigabytes:
        raise SystemExit(f"{folder} has not {1.3 * asked.gigabytes:.1f} GB free")
    files = make(folder, asked.gigabytes, asked.workers)
    size = sum(path.stat().st_size for path in files)
    values = len(files) * int(np.prod(list(SIZES.values()))) * 4
    for path in files:  # all runs find what the system keeps of files alike
        with path.open("rb") as stream:
            while stream.read(1 << 24):
                pass
    table = Table(
        "", "s", "CPU s", "MB/s", "of reading", "by CPU", "GB at most", "shared once", "digest"
    )
    with _pool(asked.workers) as pool:
        list(pool.map(abs, range(asked.workers)))  # started
        start = time.monotonic()
        before = sum(os.times()[:4])
        list(pool.map(read, files, chunksize=1))
        plain = time.monotonic() - start
    taken = sum(os.times()[:4]) - before  # with that of children that have ended
    row = ("reading", f"{plain:.0f}", f"{taken:.0f}", f"{size / plain / 1e6:.0f}", "1", "1")
    table.add_row(*row)
    Console().print(f"reading: {plain:.0f} s")
    options = ["--workers", str(asked.workers), "--memory", asked.memory]
    for name, run in {
        "here": lambda: prepare(folder, options, [], False),
        "apart": lambda: apart(folder, asked.workers, memory),
        "killed": lambda: prepare(folder, options, [], True),
    }.items():
        if name not in asked.only:
            continue
        seconds, peak, digest = run()
        Console().print(f"{name}: {seconds:.0f} s, {peak.most / 1e9:.2f} GB, {digest}")
        table.add_row(
            name,
            f"{seconds:.0f}",
            f"{peak.processor:.0f}",
            f"{size / seconds / 1e6:.0f}",
            f"{plain / seconds:.2f}",
            f"{taken / peak.processor:.2f}",
            f"{peak.most / 1e9:.2f}",
            f"{peak.shared_once / 1e9:.2f}",
            digest[:12],
        )
    console = Console(width=100)
    console.print(
        f"{len(files)} files of {size / 1e9:.2f} GB, {values / 1e9:.1f} GB of values; "
        f"{asked.workers} workers, {asked.memory}"
    )
    console.print(table)


if __name__ == "__main__":
    main()
