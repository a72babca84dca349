"""Means over blocks of cells: what a coarse product of a fine field holds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.operators import Shape, three


def block_mean(field: NDArray, weight: NDArray, factor: int) -> NDArray:
    """Means over blocks of factor × factor cells, each cell counted by its weight.

        mean_b = Σ_{i∈b} w_i x_i / Σ_{i∈b} w_i,   over the cells that have a value

    Args:
        field: [..., H, W]; NaN counts as land, whatever its weight.
        weight: [H, W], ≥ 0, such as the cells' area; 0 or False on land.
        factor: cells on each side of a block; H and W are multiples of it.

    Returns:
        [..., H/factor, W/factor] in the field's floating type; NaN in blocks without sea.

    Raises:
        BadData: if `factor` does not divide the field, or shapes differ.
    """
    field, weight = np.asarray(field), np.asarray(weight, dtype=np.float64)
    rows, columns = field.shape[-2:]
    if weight.shape != (rows, columns) or factor < 1 or rows % factor or columns % factor:
        raise BadData(
            f"field {field.shape}, weight {weight.shape}, blocks of {factor} × {factor} cells",
            where="block mean",
            fix="give a weight of the field's rows and columns, both multiples of the factor",
        )
    counted = np.where(np.isfinite(field), weight, 0.0)
    total = _block_sum(np.where(counted > 0, field, 0.0) * counted, factor)
    share = _block_sum(counted, factor)
    mean = np.full(total.shape, np.nan)
    np.divide(total, share, out=mean, where=share > 0)
    return mean.astype(np.result_type(field.dtype, np.float32))


@dataclass(frozen=True, eq=False)
class BlockMean:
    """The means of `block_mean` as an `Operator`: values of the blocks that are observed.

    Attributes:
        weight: [C, H, W], ≥ 0, such as the cells' area; 0 on land.
        factor: cells on each side of a block.
        observed: blocks [C, h, w] that have a value, in whose order values are given.

    Raises:
        BadData: if `factor` does not divide the field, shapes differ, or a block without sea is
            said to be observed.
    """

    weight: NDArray[np.floating]
    factor: int
    observed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        levels, rows, columns = three(self.weight.shape)
        if self.factor < 1 or rows % self.factor or columns % self.factor:
            raise _misfit(self.shape, self.factor)
        if self.observed.shape != (levels, rows // self.factor, columns // self.factor):
            raise BadData(
                f"{self.observed.shape} blocks observed of {self._share.shape}", where="block mean"
            )
        if np.any(self.observed & ~(self._share > 0)):
            raise BadData("a block without sea is observed", where="block mean")

    @classmethod
    def of(cls, weight: NDArray[np.floating], factor: int) -> "BlockMean":
        """All blocks that have sea, for weights [C, H, W]."""
        _, rows, columns = weight.shape
        if factor < 1 or rows % factor or columns % factor:
            raise _misfit(weight.shape, factor)
        return cls(weight, factor, _block_sum(weight, factor) > 0)

    @property
    def shape(self) -> Shape:
        return three(self.weight.shape)

    @property
    def size(self) -> int:
        return int(self.observed.sum())

    @cached_property
    def _share(self) -> NDArray[np.float64]:
        return _block_sum(np.asarray(self.weight, np.float64), self.factor)

    def __call__(self, x: NDArray) -> NDArray:
        total = _block_sum(np.where(self.weight > 0, x, 0.0) * self.weight, self.factor)
        return total[..., self.observed] / self._share[self.observed]

    def adjoint(self, y: NDArray) -> NDArray:
        blocks = np.zeros((*y.shape[:-1], *self.observed.shape))
        blocks[..., self.observed] = y / self._share[self.observed]
        cells = blocks.repeat(self.factor, axis=-2).repeat(self.factor, axis=-1)
        return np.asarray(cells * self.weight)


def _misfit(shape: tuple[int, ...], factor: int) -> BadData:
    return BadData(
        f"blocks of {factor} × {factor} cells of fields {shape}",
        where="block mean",
        fix="give rows and columns that are multiples of the factor",
    )


def _block_sum(values: NDArray, factor: int) -> NDArray:
    rows, columns = (size // factor for size in values.shape[-2:])
    blocks = values.reshape(*values.shape[:-2], rows, factor, columns, factor)
    return np.asarray(blocks.sum(axis=(-3, -1)))
