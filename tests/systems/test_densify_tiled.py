"""Networks on squares: the same where only cells matter, and without seams where squares differ."""

import torch
from torch import nn

from thermocline.systems.densify.model.tiled import Tiled


class Cells(nn.Module):
    """Answers cell by cell."""

    def forward(self, x, c_noise, fields, context):
        return torch.cat([x * fields[:, :1], fields.square()], dim=1)


class Mean(nn.Module):
    """Answers the mean of what it sees, as normalisation does."""

    def forward(self, x, c_noise, fields, context):
        return x.mean(dim=(-2, -1), keepdim=True).expand_as(x)


def given(rows, columns):
    generator = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    return draw(2, 3, rows, columns), draw(2), draw(2, 4, rows, columns), draw(2, 5)


def test_a_network_of_single_cells_does_not_see_squares():
    for shape in ((40, 56), (33, 20), (9, 9)):
        asked = given(*shape)
        found = Tiled(Cells(), 16, 6)(*asked)
        torch.testing.assert_close(found, Cells()(*asked), atol=1e-12, rtol=1e-12)


def test_a_small_field_is_one_square():
    asked = given(12, 16)
    assert torch.equal(Tiled(Mean(), 16, 4)(*asked), Mean()(*asked))


def test_where_squares_disagree_the_answer_goes_over_smoothly():
    x, *rest = given(32, 64)
    found = Tiled(Mean(), 32, 16)(x, *rest)[0, 0, 10]
    jumps = found.diff().abs()
    apart = (x[0, 0, :, :32].mean() - x[0, 0, :, 32:].mean()).abs()
    assert apart > 1e-3
    assert jumps.max() < 0.35 * found.max().sub(found.min())
