"""All methods of the daily SST benchmark: tuned, trained, calibrated, and told of all years."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from safetensors.torch import load_file

import thermocline
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.config import TrainingConfig
from thermocline.files import atomic_path, sha256_file
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.systems.reconstruct.model.pairs import Pairs
from thermocline.training.fit import fit

from .sst_classical import respread, tuned_ensemble, tuned_oi
from .sst_network import Best, LeastCrps, build
from .sst_ours import Reshaped
from .sst_pairs import Tuned, make_pairs
from .tasman import SEED, Series

DENSITIES = (0.02, 0.075)
CODE = (
    "baselines/*.py",
    "networks/*.py",
    "systems/reconstruct/model/condition.py",
    "training/fit.py",
    "systems/reconstruct/model/layouts.py",
    "systems/reconstruct/model/pairs.py",
)
"""What decides the results besides these scripts."""
LAYOUTS = 40
"""Layouts that training is watched by."""


@dataclass(frozen=True)
class Plan:
    """Which years serve for what, and how much is spent.

    Attributes:
        train, validation, test: years.
        tuned_every, chosen_every, tested_every: of how many validation days one is used to tune
            classical methods, one to choose gates and spread factors; and of test days one scored.
        layouts, states: of observations to train on, and days analysed with each.
        steps, batch: of training.
    """

    train: range = range(1982, 2007)
    validation: range = range(2007, 2010)
    test: range = range(2010, 2012)
    tuned_every: int = 90
    chosen_every: int = 30
    tested_every: int = 10
    layouts: int = 150
    states: int = 24
    steps: int = 500
    batch: int = 32

    @property
    def training(self) -> TrainingConfig:
        return TrainingConfig(
            steps=self.steps,
            batch=self.batch,
            learning_rate=2.5e-3,
            ema=0.99,
            warmup=min(50, self.steps),
            checkpoint_every=100,
            validate_every=100,
        )


def prepare(
    series: Series, plan: Plan, window: bool, folder: Path, say: Callable[[str], None]
) -> dict[float, list[AnomalyMethod]]:
    """All methods for each density: tuned, trained, calibrated; slow parts kept in `folder`."""
    weight = series.area * series.statistics.std[0] ** 2
    validation = list(plan.validation)
    stranger = series.library(validation)
    tuning, choosing = (
        series.days(validation, every) for every in (plan.tuned_every, plan.chosen_every)
    )
    classical: dict[float, list[AnomalyMethod]] = {}
    tuned: Tuned = {}
    for density in track(DENSITIES, "tuning of classical methods"):
        cases = series.cases(tuning, density, window)
        oi = tuned_oi(series, series.cases(tuning, density, False), cases, weight)
        tuned[density] = tuned_ensemble(
            cases, weight, stranger, folder / f"ensemble-oi-{density}.json"
        )
        classical[density] = [Climatology(), oi, tuned[density]]
        say(f"{density:.1%}: OI {oi.lengths_km} km {oi.kernels}, persistence {oi.persistence}")
        say(f"{density:.1%}: ensemble OI {tuned[density].parameters}")
    learned = lambda layouts: track(layouts, "analyses to learn from")
    pairs = _kept(
        folder / "pairs",
        lambda: make_pairs(series, tuned, window, plan.train, plan.layouts, plan.states, learned),
    )
    checks = _kept(
        folder / "checks", lambda: make_pairs(series, tuned, window, validation, LAYOUTS, 6)
    )
    network = build(SEED)
    objective = LeastCrps(series, *pairs, checks, plan.batch)
    best = Best(folder / "best.safetensors")
    fitted = fit(network, objective, plan.training, SEED, folder, callbacks=[best])
    for step, metrics in fitted.history:
        say(
            f"step {step}: CRPS on validation days {metrics['crps_ratio']:.4f} of the ensemble OI's"
        )
    network.load_state_dict(load_file(best.path))
    network.eval().requires_grad_(False)
    methods: dict[float, list[AnomalyMethod]] = {}
    for density in DENSITIES:
        cases = series.cases(choosing, density, window)
        ours = Reshaped(network, tuned[density], series).gated(cases, weight)
        say(f"{density:.1%}: gates of shift {ours.shift_gate:.2f}, spread {ours.spread_gate:.2f}")
        methods[density] = []
        for method in (*classical[density], ours):
            chosen = respread(method, cases, weight)
            say(f"{density:.1%}: {method.name}, spread factor {chosen.factor:.2f}")
            methods[density].append(replace(chosen, method=informed(method, series)))
    return methods


def informed(method: AnomalyMethod, series: Series) -> AnomalyMethod:
    """The method with the covariance of all training years, those of validation too."""
    if isinstance(method, EnsembleOI):
        return method.with_library(series.library())
    if isinstance(method, Reshaped):
        return replace(method, ensemble=method.ensemble.with_library(series.library()))
    return method


def _kept(
    stem: Path, make: Callable[[], tuple[Pairs, NDArray[np.float32]]]
) -> tuple[Pairs, NDArray[np.float32]]:
    """Pairs and standard deviations: those of an earlier run, or new ones."""
    path, beside = stem.with_suffix(".safetensors"), stem.with_suffix(".npy")
    if not path.is_file():
        pairs, std = make()
        with atomic_path(beside) as temporary:
            np.save(temporary, std)
        pairs.save(path)
    return Pairs.load(path), np.load(beside)


def key(plan: Plan, series: Series) -> str:
    """Digest of all that decides what is kept: of other data, plans or code nothing is used."""
    digest = sha256(f"{plan} {series.statistics.digest()}".encode())
    package, here = Path(thermocline.__file__).parent, Path(__file__).parent
    code = [path for name in CODE for path in package.glob(name)]
    for path in sorted([*code, *here.glob("sst_*.py"), here / "tasman.py"]):
        digest.update(sha256_file(path).encode())
    return digest.hexdigest()[:12]
