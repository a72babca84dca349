"""The figures of a report: scores of all cases, and an example of each region."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.data.cases import ALONE, COLUMNS, TRACKS, WITHOUT
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.evaluation.example import Example
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.scoring import Scored
from thermocline.verify.figures import style
from thermocline.verify.figures.calibration import fig_rank_histogram
from thermocline.verify.figures.comparison import fig_by_depth, fig_summary


def draw_figures(
    folder: Path,
    scored: Scored,
    methods: Sequence[Any],
    regions: Mapping[str, Linear],
    members: int,
) -> None:
    """Draw everything into `folder`.

    Args:
        methods: the first is the system's own; the best of the others is drawn beside it.
        regions: what is known of each, by name.
        members: that methods are asked for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    board = scored.board
    for name in WATER:
        depth = board.context.grid["depth"]
        for part, protocols in _parts(board).items():
            own = [r for r in board.rows if r.variable == name and r.protocol in protocols]
            if not own:
                continue
            those = replace(board, rows=own)
            fig_summary(folder / f"summary_{part}_{name}.png", those)
            if part == COLUMNS:
                fig_by_depth(folder / f"by_depth_{name}.png", those, depth)
                if any("ranks" in row.extra for row in own if row.method == MODEL):
                    fig_rank_histogram(folder / f"rank_histogram_{name}.png", those)
    for case, answer in scored.examples:
        rows = [r for r in board.rows if r.group == (case.protocol, case.density, case.variable)]
        others = {each.name: each for each in methods[1:]}
        known = [r for r in rows if r.method in others]
        best = others[min(known, key=lambda row: row.crps or np.inf).method]
        rival = best.analyse(case.problem, members, board.seed)
        rival_name = board.presentation.name(best.name, short=True)
        colour = style.colours(board.presentation, [best.name])[best.name]
        region = case.problem.case.split("/")[0]
        of = Example(case, answer, rival, rival_name, colour)
        of.maps(folder / f"{region}_maps.png")
        of.section(folder / f"{region}_section.png")
        of.profile(folder / f"{region}_profile.png", regions[region].climate)


def _parts(board: Board) -> dict[str, tuple[str, ...]]:
    """Protocols that share a figure, by its name."""
    known = {COLUMNS: (COLUMNS,), "withheld": (TRACKS, *WITHOUT, ALONE)}
    others = [name for name in board.presentation.protocols if name not in sum(known.values(), ())]
    return known | {name: (name,) for name in others}
