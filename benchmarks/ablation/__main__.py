"""What each ingredient contributes: the default method with one at a time taken away.

    python -m benchmarks.ablation [--steps 300] [--months 8] [--seeds 0 1]

Run `make demo` first. Six trainings a seed, each shorter than the demo's so that all can be
repeated; every variant is calibrated anew on the validation years and scored on the same held-out
months. A killed run goes on with its trainings. The table has, for each variant, RMSE and CRPS
relative to the full method's with the same seed: the mean of the seeds, and how far each is from
it. `a mean of two networks` has no second seed: it needs both.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.ablation import variants
from benchmarks.ablation.variants import FULL, TRAININGS, Memory, Training, Variant
from benchmarks.trained import untuned
from rich.console import Console
from rich.progress import track
from rich.table import Table

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import Config
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import score_methods
from thermocline.systems.reconstruct.model.assemble import calibrate
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board

OUT = Path("build/benchmarks/ablation")
AVERAGED = "a mean of two networks"


class Named:
    """A variant of one seed, under a name of its own; an `AnomalyMethod`."""

    def __init__(self, model: Variant, seed: int):
        self.model, self.name = model, f"{model.name}, seed {seed}"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        return self.model.analyse(problem, members, seed)


class Laboratory:
    """Trains and calibrates variants; posteriors of the ensemble OI are computed once."""

    def __init__(self, config: Config, steps: int, baselines: Path):
        self.config, self.steps, self.memory = config, steps, Memory()
        self.store = States.open(config.data.prepared / "reconstruct.nc")
        self.ensemble = EnsembleOI.load(baselines / "ensemble_oi.safetensors")
        book = EvaluationSet(self.store, config, "validation")
        self.cases = [
            c
            for density in config.section("reconstruct").evaluate.densities
            for c in book.columns(density)
        ]

    def settings(self, training: Training, seed: int) -> Config:
        """params.yaml with what the training changes, and fewer steps."""
        overrides = {f"reconstruct.{name}": value for name, value in training.settings.items()}
        for name in ("steps", "validate_every", "checkpoint_every"):
            overrides[f"reconstruct.training.{name}"] = self.steps
        overrides["reconstruct.evaluate.densities"] = list(
            self.config.section("reconstruct").evaluate.densities
        )
        return load_config(overrides=overrides | {"seed": seed})

    def train(self, training: Training, seed: int) -> Variant:
        """A calibrated model."""
        ensemble = self.ensemble.with_share(0.0) if training.localised else self.ensemble
        config = self.settings(training, seed)
        model = untuned(config, self.store, ensemble, OUT / "trained")
        return self.calibrated(Variant.of(model, training.name, self.memory))

    def calibrated(self, model: Variant) -> Variant:
        """The model with a gate fitted on the validation cases."""
        label = f"Calibrating: {model.name}"
        done = calibrate(model, self.store, self.cases, lambda each: track(each, label))
        assert isinstance(done, Variant)
        return done

    def of_seed(self, seed: int) -> Iterator[Variant]:
        """Every variant that one seed has; the full one first."""
        # Trainings that share their analyses come one after another: one set of them is kept.
        for training in TRAININGS:
            model = self.train(training, seed)
            yield model
            if training.name == FULL:
                yield self.calibrated(
                    replace(model, name="no network", change=variants.without_network)
                )
                yield self.calibrated(
                    replace(model, name="no diffusion", change=variants.without_diffusion)
                )
                yield variants.ungated(model, "no gate")
                yield variants.unspread(model, "no factors on the spread")
                yield self.calibrated(variants.sampled(model, "ΠGDM beside", guidance="pigdm"))


def table(board: Board, seeds: list[int]) -> Table:
    """RMSE and CRPS of each variant relative to the full method's, by density."""
    groups = list(dict.fromkeys(row.group for row in board.rows))
    shown = Table("Variant", title="Relative to the full method of the same seed")
    for _, density, _ in groups:
        shown.add_column(f"RMSE, {density:.1%}", justify="right")
        shown.add_column(f"CRPS, {density:.1%}", justify="right")
    rows = {(row.method, row.group): row for row in board.rows}
    for name in dict.fromkeys(row.method.rsplit(", seed", 1)[0] for row in board.rows):
        cells = []
        for group in groups:
            for score in ("rmse", "crps"):
                found = [
                    getattr(rows[f"{name}, seed {seed}", group], score)
                    / getattr(rows[f"{FULL}, seed {seed}", group], score)
                    for seed in seeds
                    if (f"{name}, seed {seed}", group) in rows
                ]
                mean = sum(found) / len(found)
                apart = f" ± {(max(found) - min(found)) / 2:.3f}" if len(found) > 1 else ""
                cells.append(f"{mean:.3f}{apart}")
        shown.add_row(name, *cells)
    return shown


def main() -> None:
    """Train, calibrate, score; write the board under build/benchmarks/ablation and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--months", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--densities", type=float, nargs="+", default=[0.005, 0.02, 0.075])
    given = parser.parse_args()
    config = load_config(
        overrides={
            "reconstruct.evaluate.months": given.months,
            "reconstruct.evaluate.densities": given.densities,
        }
    )
    laboratory = Laboratory(config, given.steps, Path("build/baselines/reconstruct"))
    methods, full = [], []
    for seed in given.seeds:
        for variant in laboratory.of_seed(seed):
            methods.append(Named(variant, seed))
            full += [variant] if variant.name == FULL else []
    if len(full) > 1:
        both = replace(full[0], name=AVERAGED, change=variants.averaged_with(full[1]))
        methods.append(Named(laboratory.calibrated(both), given.seeds[0]))
    scored = score_methods(
        EvaluationSet(laboratory.store, config, "test"),
        laboratory.store,
        config,
        methods,
        progress=lambda cases, label: track(cases, label),
        protocols=["columns"],
    )
    write_board(scored.board, OUT / "board")
    console = Console(width=140, record=True)
    console.print(table(scored.board, given.seeds))
    (OUT / "table.txt").write_text(console.export_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
