"""Our networks against diffusers' UNet2DModel, at about equal parameters and equal pixels.

    python -m benchmarks.speed [--repeats 5] [--json FILE] [--mlflow]

In one run, on one thread in 32 bits: a training step (forwards, backwards, AdamW) and an evaluation
as samplers ask for it, of a field of 12 channels on 64 × 128 cells with 15 channels of conditions.
Networks take turns, and of each the fastest turn counts, in seconds of the processor; ratios are
what to look at. Conditions on the season and place are ours alone; theirs has attention in the
middle, too.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from benchmarks.kept import keep, where_kept
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from thermocline.networks.unet import UNet

CHANNELS, FIELDS, CELLS, BATCH, MEMBERS = 12, 15, (64, 128), 4, 4
WIDTH, MULTIPLIERS = 64, (1, 2, 2)
THEIRS = "diffusers UNet2DModel"


def ours(patch: int) -> nn.Module:
    """As in params.yaml, at another width."""
    network = UNet(
        CHANNELS,
        FIELDS,
        context=2,
        width=WIDTH,
        multipliers=MULTIPLIERS,
        patch=patch,
        embedding=128,
    )
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class Theirs(nn.Module):
    """UNet2DModel, called as ours is; without the season."""

    def __init__(self, width: int):
        from diffusers import UNet2DModel

        super().__init__()
        levels = len(MULTIPLIERS)
        self.network = UNet2DModel(
            sample_size=CELLS,
            in_channels=CHANNELS + FIELDS,
            out_channels=CHANNELS,
            block_out_channels=tuple(width * m for m in MULTIPLIERS),
            layers_per_block=1,
            down_block_types=("DownBlock2D",) * levels,
            up_block_types=("UpBlock2D",) * levels,
            norm_num_groups=8,
            attention_head_dim=8,
        )

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor, context: Tensor) -> Tensor:
        """The answer [B, C, H, W]."""
        found: Tensor = self.network(torch.cat([x, fields], dim=1), c_noise).sample
        return found


def theirs(parameters: int) -> nn.Module:
    """The width whose number of parameters is nearest."""
    sizes = [(abs(count(Theirs(width)) - parameters), width) for width in range(16, 80, 8)]
    network = Theirs(min(sizes)[1])
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def count(network: nn.Module) -> int:
    """Parameters."""
    return sum(each.numel() for each in network.parameters())


def made(batch: int) -> tuple[Tensor, ...]:
    """Inputs of a network."""
    return (
        torch.randn(batch, CHANNELS, *CELLS),
        torch.zeros(batch),
        torch.randn(batch, FIELDS, *CELLS),
        torch.zeros(batch, 2),
    )


def training(network: nn.Module) -> Callable[[], None]:
    """A step."""
    optimiser, given = torch.optim.AdamW(network.parameters(), lr=1e-4), made(BATCH)

    def step() -> None:
        optimiser.zero_grad()
        (network(*given) - given[0]).square().mean().backward()
        optimiser.step()

    return step


def sampling(network: nn.Module) -> Callable[[], None]:
    """An evaluation for some members."""
    given = made(MEMBERS)

    def step() -> None:
        with torch.inference_mode():
            network(*given)

    return step


def fastest(steps: dict[str, Callable[[], None]], repeats: int) -> dict[str, float]:
    """Processor's seconds of each, the least of some turns after the first."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats + 1):
        for name, step in steps.items():
            began = time.process_time()
            step()
            found[name].append(time.process_time() - began)
    return {name: min(each[1:]) for name, each in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    where_kept(parser)
    given = parser.parse_args()
    try:
        import diffusers  # noqa: F401
    except ImportError:
        sys.exit(
            "diffusers is not installed: `pip install diffusers`, or the project's extra [dev]"
        )
    torch.set_num_threads(1)
    networks: dict[str, nn.Module] = {"ours, patch 1": ours(1), "ours, patch 2": ours(2)}
    networks[THEIRS] = theirs(count(networks["ours, patch 1"]))
    trained = fastest({name: training(each) for name, each in networks.items()}, given.repeats)
    drawn = fastest({name: sampling(each.eval()) for name, each in networks.items()}, given.repeats)
    rows: list[dict[str, Any]] = [
        {
            "network": name,
            "parameters": count(network),
            "samples_per_second": BATCH / trained[name],
            "training_ratio": trained[THEIRS] / trained[name],
            "seconds_a_member": drawn[name] / MEMBERS,
            "sampling_ratio": drawn[THEIRS] / drawn[name],
        }
        for name, network in networks.items()
    ]
    show(rows)
    keep(rows, "speed", given)


def show(rows: list[dict[str, Any]]) -> None:
    """Print them."""
    title = f"{CHANNELS} channels on {CELLS[0]} × {CELLS[1]} cells, one thread, fp32"
    table = Table(title=title)
    table.add_column("network")
    for head in ("M parameters", "training samples/s", "× theirs", "s an evaluation", "× faster"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            row["network"],
            f"{row['parameters'] / 1e6:.2f}",
            f"{row['samples_per_second']:.2f}",
            f"{row['training_ratio']:.2f}",
            f"{row['seconds_a_member']:.3f}",
            f"{row['sampling_ratio']:.2f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
