"""The model and the classical methods scored on withheld states, with figures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.files import sha256_arrays
from thermocline.ocean.problem import Method
from thermocline.systems.boards import empty_board
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.sharing import RememberedOI
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.cases import COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.evaluation.figures import draw_figures
from thermocline.systems.densify.evaluation.presentation import presentation
from thermocline.systems.densify.evaluation.score import Scorer
from thermocline.systems.densify.model.method import Densifier, load
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.board.scoring import score_methods


def evaluate(config: Config, folder: Path, track: Track, model: Path | None = None) -> Board:
    """The scoreboard of the model and the classical methods; see `protocol.System`."""
    built = StagePaths("densify", config)
    store, ours = Waters.open(built.store), load(model or built.model)
    methods = sharing_start(ours, classical_methods(built.baselines))
    return scored(config, store, ours.regions, methods, folder, track)


def sharing_start(model: Densifier, classical: Sequence[Method]) -> list[Method]:
    """The model and the methods, one of which it starts from: that one's answers are made once."""
    start = RememberedOI.of(model.start)
    return [replace(model, start=start), *(start if start.same(m) else m for m in classical)]


def scored(
    config: Config,
    store: Waters,
    regions: Mapping[str, Linear],
    methods: Sequence[Any],
    folder: Path,
    track: Track,
) -> Board:
    """The scoreboard of `methods`; it is written into `folder`, with figures.

    Args:
        regions: what is known of each, by name.
        methods: the first is the system's own.
    """
    own, seen = settings(config).evaluate, settings(config).data.variants
    board = empty_board(
        "densify",
        config,
        lambda period: context_of(store, period),
        lambda context: presentation(context, seen),
        store.digest_of("test"),
    )
    shown = {_first(store, region, seen) for region in store.regions}
    some = sorted(density for density in own.densities if density > 0)
    which = COLUMNS, some[len(some) // 2] if some else 0.0, WATER[0]
    found = score_methods(
        board,
        cases(config, store, "test", {name: each.climate for name, each in regions.items()}),
        methods,
        Scorer.of(regions.values()),
        members=own.members,
        progress=track,
        example=lambda case, index: (
            (case.protocol, case.density, case.variable) == which and case.problem.case in shown
        ),
    )
    write_board(board, folder)
    draw_figures(folder / "figures", found, methods, regions, own.members)
    return board


def context_of(store: Waters, period: str) -> Context:
    """Cells, levels and regions of a board, and what is sea in them."""
    grids = [store.grid(region) for region in store.regions]
    oceans = [store.ocean(region) for region in store.regions]
    axes = [axis.round(4) for grid in grids for axis in (grid.latitude, grid.longitude)]
    description = {
        "rows": grids[0].shape[0],
        "columns": grids[0].shape[1],
        "depth": [float(z) for z in store.depth],
        "regions": list(store.regions),
        "digest": sha256_arrays(*axes)[:16],
    }
    return Context(description, sha256_arrays(*oceans), period, sum(int(o.sum()) for o in oceans))


def _first(store: Waters, region: str, variants: Sequence[str]) -> str:
    """The first state of a region that is not of another climatology."""
    of = (label for label in store.of("test") if label.group.name == region)
    return next(label.name for label in of if label.series.rpartition("/")[2] not in variants)
