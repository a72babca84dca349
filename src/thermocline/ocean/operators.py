"""What an observation is of a field x: linear operators H, with y = H x + error, and adjoints Hᵀ.

Every operator takes fields [..., C, H, W] to values [..., N]; its adjoint takes values back:

    ⟨H x, y⟩ = ⟨x, Hᵀ y⟩.

Cells that an operator does not use may hold anything, NaN as well: land never counts.
`thermocline.ocean.points.Points` interpolates to positions.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from thermocline.errors import BadData

Shape = tuple[int, int, int]
"""Channels, rows, columns: (C, H, W)."""


class Operator(Protocol):
    """A linear map from fields to observed values."""

    @property
    def shape(self) -> Shape:
        """Of the fields, (C, H, W)."""
        ...

    @property
    def size(self) -> int:
        """How many values it gives, N."""
        ...

    def __call__(self, x: NDArray) -> NDArray:
        """The values [..., N] of fields [..., C, H, W]."""
        ...

    def adjoint(self, y: NDArray) -> NDArray:
        """Hᵀ y: fields [..., C, H, W], 0 in cells that are not used, of values [..., N]."""
        ...


@dataclass(frozen=True, eq=False)
class Cells:
    """Single cells, each at most once.

    Attributes:
        shape: of the fields, (C, H, W).
        index: flat index [N] of each cell into a field.

    Raises:
        BadData: if a cell is outside the field, or there twice.
    """

    shape: Shape
    index: NDArray[np.integer]

    def __post_init__(self) -> None:
        index, cells = self.index, int(np.prod(self.shape))
        if index.size and (index.min() < 0 or index.max() >= cells):
            raise BadData(f"cell {index.max()} of a field of {cells}", where="observed cells")
        if np.unique(index).size != index.size:
            raise BadData(
                "a cell is observed twice", where="observed cells", fix="average its values first"
            )

    @classmethod
    def where(cls, mask: NDArray[np.bool_]) -> "Cells":
        """The cells that a mask [C, H, W] marks, in the order of the field."""
        return cls(three(mask.shape), np.flatnonzero(mask))

    @property
    def size(self) -> int:
        return self.index.size

    def __call__(self, x: NDArray) -> NDArray:
        return _flat(x, self.shape)[..., self.index]

    def adjoint(self, y: NDArray) -> NDArray:
        x = np.zeros((*y.shape[:-1], int(np.prod(self.shape))), y.dtype)
        x[..., self.index] = y
        return x.reshape(*y.shape[:-1], *self.shape)

    def mask(self) -> NDArray[np.bool_]:
        """Where an observation is, [C, H, W]."""
        return self.adjoint(np.ones(self.size, bool))


class Columns(Cells):
    """Whole water columns: the cells below each other that are sea, column by column."""

    @classmethod
    def of(cls, mask: NDArray[np.bool_], ocean: NDArray[np.bool_]) -> "Columns":
        """The sea `ocean` [C, H, W] of the columns that a mask [H, W] marks.

        Raises:
            BadData: if the shapes differ.
        """
        if mask.shape != ocean.shape[1:]:
            raise BadData(f"columns {mask.shape} of a sea {ocean.shape}", where="observed columns")
        cells = np.arange(ocean.size).reshape(ocean.shape)[:, mask].T
        return cls(three(ocean.shape), cells[ocean[:, mask].T])


@dataclass(frozen=True, eq=False)
class Footprints:
    """Weighted sums of cells, such as the footprints of a swath or the pieces of a track.

    Attributes:
        matrix: H, sparse [N, C·H·W].
        shape: of the fields, (C, H, W).

    Raises:
        BadData: if the matrix has not a column for every cell.
    """

    matrix: csr_array
    shape: Shape

    def __post_init__(self) -> None:
        if self.matrix.shape[1] != np.prod(self.shape):
            raise BadData(
                f"a matrix {self.matrix.shape} for fields {self.shape}", where="footprints"
            )

    @property
    def size(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Which values [N] have any weight: the others are 0 of every field."""
        return np.asarray(abs(self.matrix).sum(axis=1) > 0)

    def __call__(self, x: NDArray) -> NDArray:
        flat = _flat(x, self.shape)
        used = np.zeros(flat.shape[-1], bool)
        used[self.matrix.indices[self.matrix.data != 0]] = True
        rows = np.where(used, flat, 0).reshape(-1, used.size)
        return np.asarray(self.matrix @ rows.T).T.reshape(*flat.shape[:-1], self.size)

    def adjoint(self, y: NDArray) -> NDArray:
        rows = np.asarray(self.matrix.T @ y.reshape(-1, self.size).T).T
        return rows.reshape(*y.shape[:-1], *self.shape)


def _flat(x: NDArray, shape: Shape) -> NDArray:
    x = np.asarray(x)
    if x.shape[-3:] != tuple(shape):
        raise BadData(f"a field {x.shape} for an operator on {shape}", where="observation operator")
    return x.reshape(*x.shape[:-3], -1)


def three(shape: tuple[int, ...]) -> Shape:
    """A shape that has three parts; raises ValueError for any other."""
    channels, rows, columns = shape
    return channels, rows, columns
