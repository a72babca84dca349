"""What surrounds each block: windows of n × n blocks, n = 2 · reach + 1."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from thermocline.baselines.downscaling.upsampling import continued, fill_land, wrapped


def filled_windows(value: NDArray, reach: int, periodic: bool = False) -> NDArray[np.float64]:
    """Block means [h, w] → the n² values around each block [h, w, n²].

    On land, and then beyond the edges, the field goes on as it does for `upsample`: planes stay
    planes, and the windows of a reach are the inner part of those of a larger one.
    """
    wide, turn = wrapped(value, periodic)
    rows, columns = (continued(size, reach) for size in wide.shape)
    filled = rows @ fill_land(wide) @ columns.T
    windows = block_windows(filled, reach)[:, turn : wide.shape[1] - turn]
    return windows.reshape(*value.shape, -1)


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
