"""Numbers of a board's rows that readers are shown: what is compared, and the columns of tables."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thermocline.verify.board.text import number
from thermocline.verify.significance.bootstrap import STATISTICS, Statistic

if TYPE_CHECKING:
    from thermocline.verify.board.rows import Row


@dataclass(frozen=True)
class Metric:
    """A metric that methods are compared by, with intervals; less is better.

    Attributes:
        name: the row's key.
        key: that of a case's record which is pooled.
        statistic: what pools cases, a name of `bootstrap.STATISTICS`.
        title: what readers call it.
    """

    name: str
    key: str
    statistic: str
    title: str

    @property
    def pooled(self) -> Statistic:
        """The statistic itself."""
        return STATISTICS[self.statistic]


SCORED_METRICS = (
    Metric("rmse", "mse", "root_mean", "RMSE"),
    Metric("crps", "crps", "mean", "CRPS"),
    Metric("energy", "energy", "mean", "Energy score"),
    Metric("variogram", "variogram", "mean", "Variogram score"),
)
"""What every score has."""


@dataclass(frozen=True)
class Column:
    """A number, or a list of numbers, of every row.

    Attributes:
        key: the row's, with dots into its extra; of several with `|` between, the first it has.
        heading: with `{unit}` for the variable's unit.
        form: format of a number; `count` leaves out 0, `seconds` what is too short to matter.
        scale: what it is multiplied by.
        least: whether the least is the best, and stands out.
    """

    key: str
    heading: str
    form: str = ".3f"
    scale: float = 1.0
    least: bool = False

    def title(self, unit: str) -> str:
        """The heading of a variable of that unit, which may have none."""
        return self.heading.format(unit=unit).replace(" ()", "")

    def value(self, row: "Row") -> Any:
        """The number of a row, None if it has none."""
        values = (row.find(key) for key in self.key.split("|"))
        value = next((v for v in values if v is not None), None)
        return value if value is None or self.scale == 1 else self.scale * value

    def interval(self, row: "Row") -> list[float] | None:
        """Its interval, None if it has none."""
        pair = row.find(f"{self.key}_ci")
        return None if pair is None else [self.scale * edge for edge in pair]

    def write(self, value: Any) -> str:
        """A value as text, `–` for none."""
        if isinstance(value, list):
            return ", ".join(number(each, self.form) for each in value)
        if self.form == "count":
            return str(value) if value else "–"
        if self.form == "seconds" and value is not None:
            return f"{value:.1f}" if value >= 0.05 else "<0.1"
        return number(value, self.form)


SHAPE = (
    Column("energy", "Energy score", least=True),
    Column("variogram", "Variogram score", ".4f", least=True),
)
SHAPE_DEFINITION = (
    "Energy and variogram scores, in the unit of the RMSE, are of whole fields: they see how cells "
    "vary together. A method without members is taken for its own only member."
)
SCORES = (
    Column("rmse", "RMSE ({unit})", least=True),
    Column("crps", "CRPS ({unit})", least=True),
    *SHAPE,
    Column("bias", "Bias ({unit})", "+.3f"),
    Column("spread_skill", "Spread/skill", ".2f"),
)
COSTS = (
    Column("evaluations", "Evaluations", "count"),
    Column("seconds", "Seconds", "seconds"),
    Column("members", "Members", "count"),
    Column("cases", "Cases", "d"),
)


@dataclass(frozen=True)
class Section:
    """A table below the main one, of the rows that have any of its numbers; `below` explains it."""

    title: str
    columns: tuple[Column, ...]
    below: tuple[str, ...] = ()
