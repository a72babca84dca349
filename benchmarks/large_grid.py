"""The real globe at 0.05° by the command line: seconds, peak memory, and a kill on the way.

    THERMOCLINE_REAL_DATA=… python -m benchmarks.large_grid [--model build/models/superres]
        [--members 8] [--older COMMIT]

A day of NOAA OISST, 720 × 1440 values, made five times finer in a child process, as people do it.
Then the same is killed (SIGKILL) after some bands and asked again: the file's bytes must be equal.
`--older` runs the code of another commit first, on the same machine, and says how far its answer is
from ours. Memory is the child's largest resident set, as the system counts it (`wait4`).
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thermocline.errors import BadFile
from thermocline.files import sha256_file
from thermocline.netcdf import open_xarray
from thermocline.ocean.rows import by_rows

ROOT = Path(__file__).parents[1]
FILE = "sst/oisst-avhrr.nc"


@dataclass(frozen=True)
class Run:
    """What a child took: seconds of the clock and of processors, and its peak memory in GB."""

    seconds: float
    processors: float
    memory: float
    status: int

    def row(self, name: str) -> str:
        return f"| {name} | {self.seconds:.0f} | {self.processors:.0f} | {self.memory:.2f} |"


def run(source: Path, output: Path, given: argparse.Namespace, kill: Callable[[], bool]) -> Run:
    """`thermocline superresolve` by the code in `source`, killed once `kill` says so."""
    root = os.environ.get("THERMOCLINE_REAL_DATA")
    if not root:
        raise BadFile("no real data", where="THERMOCLINE_REAL_DATA", fix="set it to their folder")
    command = [sys.executable, "-m", "thermocline.cli", "superresolve", str(Path(root) / FILE)]
    command += ["--model", str(given.model.resolve()), "-o", str(output)]
    command += ["--members", str(given.members)]
    environment = os.environ | {"PYTHONPATH": str(source), "PYTHONSAFEPATH": "1"}
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, cwd=output.parent)
    while True:
        done, status, used = os.wait4(child.pid, os.WNOHANG)
        if done:
            break
        if kill():
            child.send_signal(signal.SIGKILL)
        time.sleep(0.2)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6, child.returncode)


@contextmanager
def code_of(commit: str, folder: Path) -> Iterator[Path]:
    """The sources of another commit, in a worktree of git that is removed again."""
    tree = folder / "older"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
    try:
        yield tree / "src"
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def furthest(one: Path, other: Path) -> float:
    """The largest difference of two answers' fields, infinite where one alone has a value."""
    most = 0.0
    with open_xarray(one) as a, open_xarray(other) as b:
        for name in ("analysed_sst", "analysed_sst_std", "uncertainty_map"):
            for x, y in zip(by_rows(a[name]), by_rows(b[name]), strict=True):
                apart = np.abs(x.astype(np.float64) - y)
                most = max(most, float(np.where(np.isnan(x) & np.isnan(y), 0, apart).max()))
                most = np.inf if (np.isnan(x) != np.isnan(y)).any() else most
    return most


def main() -> None:
    """Run, and print a table as the runs end."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("build/models/superres"))
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--older", metavar="COMMIT", help="measure the code of this commit too")
    parser.add_argument("--bands", type=int, default=6, help="finished before the kill")
    given = parser.parse_args()
    ours, never = ROOT / "src", lambda: False
    with tempfile.TemporaryDirectory(prefix="thermocline-") as name:
        folder = Path(name)
        print(f"load of the machine before: {os.getloadavg()[0]:.1f}\n")
        print("| | s | s of processors | peak memory, GB |\n| --- | ---: | ---: | ---: |")
        older = folder / "older.nc"
        if given.older:
            with code_of(given.older, folder) as source:
                print(run(source, older, given, never).row(given.older), flush=True)
        whole = folder / "whole.nc"
        print(run(ours, whole, given, never).row("ours"), flush=True)
        killed = folder / "killed.nc"
        bands = lambda: len([*folder.glob("killed.nc.unfinished-*/0*")])
        first = run(ours, killed, given, lambda: bands() >= given.bands)
        print(first.row(f"killed after {bands()} bands ({first.status})"), flush=True)
        print(run(ours, killed, given, never).row("the same again"), flush=True)
        equal = sha256_file(killed) == sha256_file(whole)
        print(f"\nBytes of the file after the kill are {'equal' if equal else 'NOT EQUAL'}.")
        print(f"{whole.stat().st_size / 1e6:.0f} MB; left behind: {bands()} bands.")
        if given.older:
            print(f"Largest difference from {given.older}: {furthest(whole, older):g}.")


if __name__ == "__main__":
    main()
