"""Whether the stated uncertainty can be trusted: the rank histogram as a figure."""

from pathlib import Path
from textwrap import wrap

import numpy as np

from thermocline.errors import BadData
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.text import p_value
from thermocline.verify.figures import style

_READING = (
    "Flat at the dashed line: yes; p is small where the departure from flat is more than chance. "
    "Rising: too low. Falling: too high. High at both ends: too confident. A hump: too cautious."
)


def fig_rank_histogram(path: str | Path, board: Board) -> Path:
    """Rank of the truth among the model's members; a PNG.

    One panel a protocol and density that members were ranked in.

    Raises:
        BadData: if the board's cases were scored without ranks.
    """
    ours = [row for _, rows in board.groups() for row in rows if row.method == MODEL]
    rows = [row for row in ours if "ranks" in row.extra]
    if not rows:
        raise BadData("no rank histogram to draw", where="figure")
    figure = style.new_figure(max(3.5 * len(rows) + 0.6, 6.0), 3.5)
    axes = figure.subplots(1, len(rows), sharey=True, squeeze=False)[0]
    for ax, row in zip(axes, rows, strict=True):
        count = np.array(row.extra["ranks"])
        share = count / count.sum() * count.size
        ax.bar(np.arange(count.size), share, width=0.9, color=style.BLUE)
        ax.axhline(1, color="black", lw=1.2, ls="--")
        test = row.extra.get("flatness")  # boards of old have none
        p = f"p {p_value(test['p'], '= ')}" if test and test["p"] is not None else ""
        asked = board.presentation.asked(row.protocol, row.density)
        ax.set_title("\n".join(filter(None, (*wrap(asked, 40), p))), fontsize=10)
        ax.set_xlabel("Members below the truth")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_ylim(0, max(1.6, 1.1 * float(share.max())))
    axes[0].set_ylabel("Frequency / expected")
    style.headline(figure, f"Are the members trustworthy?\n{_READING}", 11)
    return style.save(figure, path)
