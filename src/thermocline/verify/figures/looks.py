"""How methods are drawn, the same in all figures of a board."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from thermocline.errors import BadData
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.rows import Row
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.figures import style


@dataclass(frozen=True)
class Looks:
    """How the methods of a board are drawn, the same in all its figures.

    Attributes:
        colours: of methods, in the figures' order.
    """

    board: Board
    colours: dict[str, str]

    @classmethod
    def of(cls, board: Board) -> "Looks":
        """Raises BadData for a board without rows."""
        if not board.rows:
            raise BadData("an empty scoreboard", where="figure", fix="score a method first")
        return cls(board, style.colours(board.presentation, [row.method for row in board.rows]))

    def panels(self) -> list[tuple[str, list[Row]]]:
        """Title and rows, in the figures' order, of every protocol and density."""
        order, words = list(self.colours), self.board.presentation
        return [
            (words.asked(*group[:2]), sorted(rows, key=lambda row: order.index(row.method)))
            for group, rows in self.board.groups()
        ]

    def rows(self) -> list[Row]:
        """All rows in the figures' order."""
        return [row for _, rows in self.panels() for row in rows]

    def label(self, row: Row) -> str:
        """The method's name, marked if it was scored on fewer cases than others of its group."""
        most = max(other.cases for other in self.board.rows if other.group == row.group)
        name = self.board.presentation.name(row.method, short=True)
        return name + (" †" if row.cases < most else "")

    def line(self, row: Row) -> dict[str, Any]:
        """Arguments of a line: where lines lie on each other, each is narrower than those below it.

        The model's is on top, in dashes.
        """
        if row.method == MODEL:
            looks: dict[str, Any] = {"lw": 1.6, "zorder": 3, "ls": (0, (5, 3))}
        else:
            others = [name for name in self.colours if name != MODEL]
            place = others.index(row.method)
            looks = {"lw": max(1.1, 4.8 * 0.72**place), "zorder": 2 + 0.05 * place}
        return {"color": self.colours[row.method], "label": self.label(row), **looks}

    @property
    def fewer(self) -> str:
        """What the mark says, if there is one."""
        marked = any("†" in self.label(row) for row in self.board.rows)
        return f"† on fewer {self.board.presentation.cases} than the others" if marked else ""


def legend(figure: Any, axes: Iterable[Any], title: str = "") -> None:
    """One legend for all panels, under them."""
    found: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(
        found.values(),
        found.keys(),
        loc="outside lower center",
        ncols=len(found) if len(found) <= 7 else -(-len(found) // 2),
        fontsize=9,
        title=title or None,
        title_fontsize=8,
    )
