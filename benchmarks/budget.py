"""What more training buys: the demo's model against one trained for longer, on more analyses.

    python -m benchmarks.budget [--steps 6000] [--layouts 800] [--months 24]

Run `make demo` first. The longer training takes at most an hour on two cores (checkpoints are kept:
a run that is cut off goes on from the last); calibration and scoring come after it. Both models and
the classical methods get the same observations of the held-out months.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.trained import trained
from rich.progress import track

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.baselines.methods import classical_methods
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import score_methods
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.console import show

OUT = Path("build/benchmarks/budget")


def main() -> None:
    """Train, score, write the board under build/benchmarks/budget, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--layouts", type=int, default=800, help="of 6 analyses each")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--months", type=int, default=24)
    given = parser.parse_args()
    config = load_config(
        overrides={
            "reconstruct.evaluate.months": given.months,
            "reconstruct.model.network.width": given.width,
            "reconstruct.model.masking.layouts": given.layouts,
            "reconstruct.training.steps": given.steps,
            "reconstruct.training.ema": 0.999,
            "reconstruct.training.validate_every": 500,
            "reconstruct.training.checkpoint_every": 500,
        }
    )
    store = States.open(config.data.prepared / "reconstruct.nc")
    baselines = Path("build/baselines/reconstruct")
    ensemble = EnsembleOI.load(baselines / "ensemble_oi.safetensors")
    longer = trained(config, store, ensemble, OUT)
    demo = replace(
        Reconstructor.load("build/models/reconstruct"), ensemble=ensemble, name="thermocline (demo)"
    )
    methods = [longer, demo, *classical_methods(baselines, store, ensemble)]
    book = EvaluationSet(store, config, "test")
    progress = lambda cases, label: track(cases, label)
    scored = score_methods(book, store, config, methods, progress=progress)
    write_board(scored.board, OUT / "board")
    show(scored.board)


if __name__ == "__main__":
    main()
