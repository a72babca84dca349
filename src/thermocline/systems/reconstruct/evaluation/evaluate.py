"""The model and the classical methods scored on the withheld truth, with figures."""

from pathlib import Path

from thermocline.config import Config
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.reconstruct.baselines.methods import classical_methods
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import score_methods
from thermocline.systems.reconstruct.evaluation.figures import draw_figures
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board


def evaluate(config: Config, folder: Path, track: Track, model: Path | None = None) -> Board:
    """The scoreboard; it is written into `folder`, with figures. See `protocol.System`."""
    paths = StagePaths("reconstruct", config)
    store = States.open(paths.store)
    ours = Reconstructor.load(model or paths.model)
    window, trust = settings(config).data.observe.window, ours.sampling.trust
    classical = classical_methods(paths.baselines, store, ours.ensemble, window, trust=trust)
    methods = [ours, *classical]
    evaluation_set = EvaluationSet(store, config, "test")
    scored = score_methods(evaluation_set, store, config, methods, progress=track)
    scored.board.notes.append(
        "The published preset needs a prior of its own and 1000 steps: `make scoreboard` has it."
    )
    write_board(scored.board, folder)
    draw_figures(folder / "figures", scored.board, *scored.examples[0], ours.ensemble, store)
    return scored.board
