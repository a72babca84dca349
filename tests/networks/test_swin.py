"""Windows of attention against a loop over tokens, on circles and in regions; a UNet of them."""

import itertools

import pytest
import torch

from thermocline.networks.swin import SwinUNet, WindowAttention

SIZES = {"width": 16, "multipliers": (1, 2), "embedding": 16, "window": 4}


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = SwinUNet(3, fields=4, context=2, patch=2, **SIZES)
    for parameter in network.parameters():  # away from its zero start
        torch.nn.init.normal_(parameter, std=0.1)
    return network.double().eval()


def inputs(batch=2):
    generator = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    return draw(batch, 3, 16, 32), draw(batch), draw(batch, 4, 16, 32), draw(batch, 2)


def one_by_one(layer, x, window):
    """The same attention, token by token, from which window each token is in."""
    (high, wide), (b, c, rows, columns) = window, x.shape
    up, left = (high // 2, wide // 2) if layer.shifted else (0, 0)
    q, k, v = layer.qkv(x).reshape(b, 3, layer.heads, c // layer.heads, rows, columns).unbind(1)
    answer = torch.zeros_like(v)
    home = lambda i, j: ((i - up) // high, (j - left) // wide)
    turns = (-columns, 0, columns) if layer.periodic else (0,)
    for i, j in itertools.product(range(rows), range(columns)):
        others = [
            (m, n % columns, m - i, n - j)
            for m in range(rows)
            for n in {n + turn for n in range(columns) for turn in turns}
            if home(m, n) == home(i, j)
        ]
        m, n, down, over = zip(*others, strict=True)
        bias = layer.bias[
            :, [layer.window - 1 - d for d in down], [layer.window - 1 - o for o in over]
        ]
        score = (
            torch.einsum("bhd,bhdt->bht", q[..., i, j], k[..., m, n]) / (c // layer.heads) ** 0.5
        )
        weight = (score + bias).softmax(-1)
        answer[..., i, j] = torch.einsum("bht,bhdt->bhd", weight, v[..., m, n])
    return layer.out(answer.reshape(b, c, rows, columns))


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize(("shape", "window"), [((8, 12), (4, 4)), ((6, 8), (3, 4))])
def test_attention_is_what_a_loop_over_tokens_says(shifted, periodic, shape, window):
    torch.manual_seed(0)
    layer = WindowAttention(32, 4, periodic, shifted).double()
    torch.nn.init.normal_(layer.out.weight)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 32, *shape, dtype=torch.float64)
    assert torch.allclose(layer(x), one_by_one(layer, x, window), atol=1e-10)


def test_one_window_over_everything_is_not_shifted():
    layer = WindowAttention(16, 8, periodic=False, shifted=True)
    torch.nn.init.normal_(layer.out.weight)
    plain = WindowAttention(16, 8, periodic=False)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(1, 16, 5, 7)
    assert torch.equal(layer(x), plain(x))


def test_turning_the_globe_by_whole_windows_turns_the_answer(network):
    x, noise, fields, context = inputs()
    turned = network(x.roll(16, -1), noise, fields.roll(16, -1), context)
    assert torch.allclose(turned, network(x, noise, fields, context).roll(16, -1), atol=1e-10)


def test_an_untrained_network_adds_nothing_at_a_patch_of_five():
    network = SwinUNet(1, fields=1, patch=5, periodic=False, **SIZES)
    x = torch.randn(2, 1, 40, 60)
    assert torch.equal(network(x, torch.zeros(2), fields=x), torch.zeros_like(x))


def test_all_weights_learn(network):
    x, noise, fields, context = inputs()
    network(x, noise, fields, context).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_half_precision_is_close():
    torch.manual_seed(0)
    layer, x = WindowAttention(32, 4, shifted=True), torch.randn(1, 32, 8, 8)
    torch.nn.init.normal_(layer.out.weight, std=0.1)
    with torch.autocast("cpu", torch.bfloat16):
        half = layer(x)
    assert (half - layer(x)).abs().max() < 0.05 * layer(x).abs().max()
