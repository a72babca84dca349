"""The columns of a scoreboard's main table: what a row says, in which words, and what is best."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thermocline.verify.text import number

if TYPE_CHECKING:
    from thermocline.verify.rows import Row


@dataclass(frozen=True)
class Column:
    """One number of every row.

    Attributes:
        key: the row's attribute, or a key of its extra.
        heading: with `{unit}` for the variable's unit.
        write: the number as text.
        scale: what it is multiplied by.
        least: whether the least is the best, and stands out.
    """

    key: str
    heading: str
    write: Callable[[Any], str] = number
    scale: float = 1.0
    least: bool = False

    def value(self, row: "Row") -> Any:
        """The number of a row, None if it has none."""
        value = getattr(row, self.key) if hasattr(row, self.key) else row.extra.get(self.key)
        return value if value is None or self.scale == 1 else self.scale * value

    def interval(self, row: "Row") -> list[float] | None:
        """Its interval, None if it has none."""
        key = f"{self.key}_ci"
        pair = getattr(row, key) if hasattr(row, key) else row.extra.get(key)
        return None if pair is None else [self.scale * edge for edge in pair]


def form(text: str) -> Callable[[Any], str]:
    """A number in a format, "–" for none."""
    return lambda value: number(value, text)


def _count(value: Any) -> str:
    return str(value) if value else "–"


SCORES = (
    Column("rmse", "RMSE ({unit})", least=True),
    Column("crps", "CRPS ({unit})", least=True),
    Column("bias", "Bias ({unit})", form("+.3f")),
    Column("spread_skill", "Spread/skill", form(".2f")),
)
COSTS = (
    Column("evaluations", "Evaluations", _count),
    Column("seconds", "Seconds", lambda value: f"{value:.1f}" if value >= 0.05 else "<0.1"),
    Column("members", "Members", _count),
    Column("cases", "Cases", str),
)

SPARSE = (
    *SCORES,
    Column("mse_guidance", "MSE observed ({unit}²)"),
    Column("mse_reconstruction", "MSE others ({unit}²)"),
    Column("mse_total", "MSE total ({unit}²)", least=True),
    *COSTS,
)
"""Of sparse observations."""

BLOCKS = (
    SCORES[0],
    Column("gradient_rmse", "Gradient RMSE ({unit}/100 km)", scale=100, least=True),
    *SCORES[1:],
    Column("effective_resolution", "Resolution (km)", form(".0f"), least=True),
    *COSTS,
)
"""Of block means: super-resolution."""

IMAGES = (
    Column("r2", "R²", form(".4f")),
    Column("psnr", "PSNR (dB)", form(".2f")),
    Column("ssim", "SSIM", form(".4f")),
    Column("gradient_r2", "Gradient R²"),
    Column("gradient_psnr", "Gradient PSNR (dB)", form(".2f")),
    Column("gradient_ssim", "Gradient SSIM"),
    Column("sharp_rmse", "RMSE of the members' mean gradient ({unit}/100 km)", scale=100),
)
"""How alike the maps are as images."""


def columns_of(protocol: str) -> tuple[Column, ...]:
    """The main table's columns for what was observed."""
    return BLOCKS if protocol == "blocks" else SPARSE
