"""The model and the classical methods scored on the withheld truth, and what it generates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.files import sha256_arrays, write_json
from thermocline.systems.boards import empty_board
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.seaice.baselines.methods import classical_methods
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.figures import draw_figures
from thermocline.systems.seaice.evaluation.generation import judge_generation
from thermocline.systems.seaice.evaluation.presentation import presentation
from thermocline.systems.seaice.evaluation.score import score_case
from thermocline.systems.seaice.model.method import load
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.board.scoring import score_methods


def evaluate(config: Config, folder: Path, track: Track, model: Path | None = None) -> Board:
    """The scoreboard; it is written into `folder`, with generation.json and figures.

    See `protocol.System`.
    """
    paths, own = StagePaths("seaice", config), settings(config).evaluate
    store, ours = States.open(paths.store), load(model or paths.model)
    truth = store.digest_of("test")
    context = lambda period: context_of(store, period)
    board = empty_board("seaice", config, context, presentation, truth)
    scored = score_methods(
        board,
        cases(config, store, "test"),
        [ours, *classical_methods(paths.baselines)],
        score_case,
        members=own.members,
        progress=track,
        example=lambda case, index: case.variable == "siconc" and index == 0,
    )
    report, states = judge_generation(ours, store, own.states, config.seed)
    board.notes += lines_of(report)
    write_board(board, folder)
    write_json(folder / "generation.json", report)
    draw_figures(folder / "figures", board, scored.examples, states, store)
    return board


def context_of(store: States, period: str) -> Context:
    """Grid, period and scored cells."""
    rows, columns = store.grid.shape
    description = {"rows": rows, "columns": columns, "digest": store.grid.digest()[:16]}
    return Context(description, sha256_arrays(store.ocean), period, int(store.ocean.sum()))


def lines_of(report: dict[str, Any]) -> list[str]:
    """What was generated, in sentences."""
    ours, halves = report["generated"], report["halves_of_the_truth"]
    world, broken = report["validation_states"], report["violations"]
    number: Callable[[Any, str], str] = lambda row, key: f"{row[key]:.3f}"
    return [
        f"{ours['states'][0]} generated states: Fréchet distance from the truth "
        f"{number(ours, 'faed')}, of two halves of the truth {number(halves, 'faed')}, of "
        f"validation states from the truth {number(world, 'faed')}; RMSE of the probability of ice "
        f"{number(ours, 'extent_probability_rmse')}, of validation states "
        f"{number(world, 'extent_probability_rmse')}.",
        "Values out of bounds, or not 0 where there is no ice: "
        f"{broken['enforced']['total']:,} of {len(ICE)} variables in "
        f"{broken['enforced']['cells']:,} cells; without enforcement "
        f"{broken['not_enforced']['total']:,}. Nearest training state, against that of validation "
        f"states: × {report['memorisation']['ratio']:.2f}.",
    ]
