"""The autoencoder of columns against principal components, and what its code keeps."""

import numpy as np
import pytest
import torch

from thermocline.networks.columns import ColumnAutoencoder
from thermocline.networks.standardised import Standardised

CHANNELS, LATENT = 10, 3


@pytest.fixture(scope="module")
def columns():
    """Of a few degrees of freedom, and a little noise."""
    rng = np.random.default_rng(0)
    made = rng.standard_normal((4000, 5)) * [3, 2, 1, 0.5, 0.2] @ rng.standard_normal((5, CHANNELS))
    return torch.from_numpy((made + 0.05 * rng.standard_normal(made.shape)).astype(np.float32))


def begun(columns, latent=LATENT):
    torch.manual_seed(0)
    coder = ColumnAutoencoder(CHANNELS, latent, 16)
    coder.begin(columns)
    coder.measure(columns)
    return coder.requires_grad_(False)


def test_untrained_it_is_the_best_linear_code(columns):
    """What it loses is the variance beyond the first singular vectors (Eckart & Young, 1936)."""
    lost = (begun(columns)(columns[..., None, None])[..., 0, 0] - columns).square().sum()
    beyond = np.linalg.svd(columns.numpy().astype(float), compute_uv=False)[LATENT:] ** 2
    assert float(lost) == pytest.approx(beyond.sum(), rel=1e-4)


def test_with_as_many_numbers_as_channels_nothing_is_lost(columns):
    found = begun(columns, CHANNELS)(columns[..., None, None])[..., 0, 0]
    torch.testing.assert_close(found, columns, atol=1e-3, rtol=1e-3)


def test_the_code_has_unit_variance_and_0_is_0(columns):
    coder = begun(columns)
    for _ in range(2):
        z = coder.encode(columns[..., None, None])
        torch.testing.assert_close(z.square().mean(dim=(0, 2, 3)), torch.ones(LATENT))
        nothing = torch.zeros(1, CHANNELS, 2, 2)
        assert not coder.encode(nothing).any() and not coder.decode(coder.encode(nothing)).any()
        for layer in (coder.bend[-1], coder.unbend[-1]):  # as after training
            torch.nn.init.normal_(layer.weight)
        coder.measure(columns)


def test_each_cell_is_coded_by_itself(columns):
    coder, field = begun(columns), columns[:12].T.reshape(1, CHANNELS, 3, 4)
    changed = field.clone()
    changed[..., 1, 2] += 1
    apart = (coder.encode(changed) != coder.encode(field)).any(dim=1)[0]
    assert apart.sum() == 1 and apart[1, 2]


def test_standardised_and_back():
    statistics = Standardised(2)
    z = torch.randn(50, 2, 4, 4) * torch.tensor([3.0, 0.5])[:, None, None] + 1
    statistics.measure(z.mean(dim=(0, 2, 3)), z.var(dim=(0, 2, 3)))
    found = statistics.standardised(z)
    torch.testing.assert_close(found.mean(dim=(0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.var(dim=(0, 2, 3)), torch.ones(2))
    torch.testing.assert_close(statistics.restored(found), z)
