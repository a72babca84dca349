"""The published system of `densify` and ours, each trained here for the same time of the processor.

    thermocline   as in params.yaml, calibrated on validation states
    published     a ConvNeXt UNet, from noise and the climatology (`presets.PUBLISHED`)

Prints a table of RMSE and CRPS over the standard deviation of the withheld truth, averaged over
levels, for several shares of columns; the network evaluations and the seconds of the processor
that a member takes, what it starts from included. With `--ambient` also a network trained behind OI
of profiles on observed columns alone, without a dense truth and without factors of calibration
(`model/ambient.py`), and OI of the same profiles; both with and without surface fields. With
`--only-ambient` those two alone. Needs the prepared data and the tuned methods: `dvc repro
baselines@densify` before.

    python -m benchmarks.densify_published [--minutes 4] [--cases 1] [--ambient | --only-ambient]
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Method
from thermocline.systems.config import load_config
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut, tuned
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.cases import ALONE, COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.calibrate import (
    contract_of,
    draws,
    gates,
    validation_cases,
)
from thermocline.systems.densify.model.method import Densifier, assembled
from thermocline.systems.densify.model.network import new_network
from thermocline.systems.densify.model.pairs import pairs_of
from thermocline.systems.densify.model.training import trained
from thermocline.systems.densify.presets import PUBLISHED
from thermocline.systems.paths import StagePaths
from thermocline.training.objective import Fitted
from thermocline.verify.board.text import markdown_table
from thermocline.verify.metrics.probabilistic import crps_ensemble, crps_gaussian

AMBIENT = {
    "model.start": "profiles",
    "sampling.steps": 0,
    "training.objective": "ambient",
    "training.ambient.keep": 8,
    "training.mean_fraction": 1.0,
}
"""Of states some 7 to 190 columns are observed: with 50 kept, most states would be left out."""
OUT = Path("build/benchmarks/densify_published")
TRIED, FIRST = 13, 3
"""Steps that are made to find how many fit, and how many of them are not timed."""


def main() -> None:
    """Train, score, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=4, help="training of each network")
    parser.add_argument("--cases", type=int, default=1, help="states of each region")
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--ambient", action="store_true", help="training without dense truth, too")
    parser.add_argument("--only-ambient", action="store_true", help="and no other")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = load_config()
    paths = StagePaths("densify", config)
    store, classical = Waters.open(paths.store), classical_methods(paths.baselines)
    methods: dict[str, Method] = {each.name: each for each in classical}
    board = Board(config, store, methods["climatology"].regions, given.cases, given.members)
    if not given.only_ambient:
        board.add("climatology", methods["climatology"])
        board.add("its start: regression and OI", methods["ridge_oi"])
        board.add("thermocline", model_of({}, given.minutes, calibrated=True))
        board.add("published", model_of(PUBLISHED, given.minutes))
    if given.ambient or given.only_ambient:
        learned = model_of(AMBIENT, given.minutes)
        for protocol in (COLUMNS, ALONE):
            board.add("OI of profiles", methods["oi"], protocol)
            board.add("ambient training", learned, protocol)
    board.print()


def model_of(changes: dict[str, Any], minutes: float, calibrated: bool = False) -> Densifier:
    """A model with such settings, trained for so many minutes of the processor."""
    config = load_config(overrides={f"densify.{key}": value for key, value in changes.items()})
    own, paths = settings(config), StagePaths("densify", config)
    start = own.model.start
    store, leave_member_out = _store(paths.store, start), LeaveMemberOut(paths.baselines, start)
    clock = Clock()
    _fitted(config, store, leave_member_out, TRIED, [clock])
    cost = (clock.ends[-1] - clock.ends[FIRST - 1]) / (TRIED - FIRST)
    steps = max(round(60 * minutes / cost), 10)
    fit, seconds = _fitted(config, store, leave_member_out, steps)
    network = new_network(own.model, len(store.channels), config.seed)
    network.load_state_dict(fit.ema)
    weights = sum(each.numel() for each in network.parameters())
    print(f"{weights / 1e6:.2f} M weights, {steps} steps in {seconds:.0f} s:", fit.history[-1][1])
    contract = contract_of(config, store, store.digest(), tuned(paths.baselines, start))
    regions = [Linear.load(paths.baselines / f"{name}.safetensors") for name in store.regions]
    model = assembled(contract, network.eval().requires_grad_(False), regions)
    if not calibrated:
        return model
    chosen = validation_cases(config, store, list(model.regions.values()))
    found = zip(chosen, draws(model, leave_member_out, chosen, config.seed), strict=True)
    return model.calibrated(*gates(leave_member_out, list(found)))


class Board:
    """A table that grows: methods by what they make of the withheld truth."""

    def __init__(
        self, config: Config, store: Waters, regions: Sequence[Linear], most: int, members: int
    ):
        self.config, self.store, self.most, self.members = config, store, most, members
        self.climates = dict(zip(store.regions, (each.climate for each in regions), strict=True))
        self.std = {
            name: np.nanstd(store.states("test", name).values, axis=(0, 2, 3))
            for name in store.regions
        }
        self.rows: list[list[str]] = []

    def add(self, name: str, method: Method, protocol: str = COLUMNS) -> None:
        """Score a method on all cases of a protocol, and print its row."""
        densities = settings(self.config).evaluate.densities
        asked = [(protocol, share) for share in densities if share or protocol == COLUMNS]
        every = cases(self.config, self.store, "test", self.climates, asked, self.most)
        found: dict[float, list[NDArray]] = defaultdict(list)
        for case in (case for case in every if case.variable == WATER[0]):
            found[case.density].append(self._scores(case, method))
        mean = np.array([np.mean(rows, axis=0) for rows in found.values()])
        shown = [" / ".join(f"{x:.3f}" for x in column) for column in mean.T[:4]]
        costs = [f"{mean[:, 4].mean():.0f}", f"{mean[:, 5].mean():.2f}"]
        where = "columns, surface" if protocol == COLUMNS else protocol
        self.rows.append([where, name, *shown, *costs])
        print(*self.rows[-1], flush=True)

    def _scores(self, case: Case, method: Method) -> NDArray:
        """RMSE and CRPS of T, of S, network evaluations and seconds of the processor a member."""
        region, start = case.problem.case.split("/")[0], time.process_time()
        answer = method.analyse(case.problem, self.members, 0)
        seconds = (time.process_time() - start) / self.members
        sea, half = self.store.ocean(region)[0], len(self.store.depth)
        scale = self.std[region][: 2 * half]
        truth, mean = (each[:, sea] for each in (case.truth, answer.mean))
        if answer.members is not None:
            crps = crps_ensemble(answer.members[..., sea], truth)
        else:
            assert answer.std is not None
            crps = crps_gaussian(mean, answer.std[:, sea], truth)
        rmse = np.sqrt(np.square(mean - truth).mean(axis=1)) / scale
        halves = slice(half), slice(half, None)
        scores = [x[part].mean() for part in halves for x in (rmse, crps.mean(axis=1) / scale)]
        return np.array([*scores, answer.evaluations, seconds])

    def print(self) -> None:
        """The table."""
        scores = ["T RMSE", "T CRPS", "S RMSE", "S CRPS"]
        heads = ["observed", "method", *scores, "evaluations", "s a member"]
        print("\n".join(markdown_table(heads, self.rows)))


def _store(path: Path, start: str) -> Waters:
    """The prepared data; pairs of another start than the pipeline's lie beside a link to them."""
    if start == "analysis":
        return Waters.open(path)
    link = OUT / path.name
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(path.resolve())
    return Waters.open(link)


class Clock(Callback):
    """The processor's time at the end of each step of the denoiser."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        """After a step."""
        self.ends.append(time.process_time())


def _fitted(
    config: Config,
    store: Waters,
    leave_member_out: LeaveMemberOut,
    steps: int,
    callbacks: Sequence[Callback] = (),
) -> tuple[Fitted, float]:
    """A network trained for so many steps, and the seconds of the processor that it took."""
    own = settings(config)
    often = {"steps": steps, "checkpoint_every": steps, "validate_every": steps}
    section = own.model_copy(update={"training": own.training.model_copy(update=often)})
    pairs_of(config, store, leave_member_out, "train")
    start = time.process_time()
    with TemporaryDirectory() as folder:
        config = config.model_copy(update={"densify": section})
        fit = trained(config, store, leave_member_out, Path(folder), callbacks=callbacks)
    return fit, time.process_time() - start


if __name__ == "__main__":
    main()
