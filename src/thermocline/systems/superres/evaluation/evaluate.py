"""The model and the classical methods scored on withheld days, with figures."""

from pathlib import Path

from thermocline.config import Config
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.superres.baselines.tune import classical_methods
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.evaluation.board import score_methods
from thermocline.systems.superres.evaluation.figures import draw_figures
from thermocline.systems.superres.model.method import Superresolver
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board


def evaluate(config: Config, folder: Path, track: Track, model: Path | None = None) -> Board:
    """The scoreboard; it is written into `folder`, with figures. See `protocol.System`."""
    built = StagePaths("superres", config)
    store = Pairs.open(built.store)
    ours = Superresolver.load(model or built.model)
    methods = [ours, *classical_methods(built.baselines)]
    truth = store.digest_of("test")
    scored = score_methods(methods, store.pairs("test"), config, track, truth)
    scored.board.notes.append(
        "Networks trained otherwise (regression, ResShift, the published preset) need a training "
        "each: `python -m benchmarks.presets` has them."
    )
    write_board(scored.board, folder)
    draw_figures(folder / "figures", scored, ours)
    return scored.board
