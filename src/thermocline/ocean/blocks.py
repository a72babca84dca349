"""Means over blocks of cells: what a coarse product of a fine field holds."""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData


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


def _block_sum(values: NDArray, factor: int) -> NDArray:
    rows, columns = (size // factor for size in values.shape[-2:])
    blocks = values.reshape(*values.shape[:-2], rows, factor, columns, factor)
    return np.asarray(blocks.sum(axis=(-3, -1)))
