"""What surrounds each block: windows of n × n blocks, n = 2 · reach + 1."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from thermocline.baselines.upsampling import fill_land


def filled_windows(value: NDArray, reach: int) -> NDArray[np.float64]:
    """Block means [h, w] → the n² values around each block [h, w, n²].

    Beyond the edges and on land the field goes on with least bending: planes stay planes.
    """
    filled = fill_land(np.pad(value, reach, constant_values=np.nan))
    return block_windows(filled, reach).reshape(*value.shape, -1)


def block_windows(padded: NDArray, reach: int) -> NDArray:
    """Windows [h, w, n, n] of a field padded by `reach` blocks on every side; a view."""
    return sliding_window_view(padded, (2 * reach + 1,) * 2)


def cells_of_blocks(cells: NDArray, factor: int) -> NDArray:
    """Cells [H, W] by block, [h, w, factor²]; within a block row by row."""
    h, w = (size // factor for size in cells.shape)
    blocks = cells.reshape(h, factor, w, factor).swapaxes(1, 2)
    return blocks.reshape(h, w, factor * factor)


def blocks_to_cells(blocks: NDArray, factor: int) -> NDArray:
    """The inverse: [h, w, factor²] as cells [H, W]."""
    h, w = blocks.shape[:2]
    cells = blocks.reshape(h, w, factor, factor).swapaxes(1, 2)
    return cells.reshape(h * factor, w * factor)
