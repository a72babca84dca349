"""Noise that belongs to a member, not to a batch.

    ε(seed, member, step) ~ N(0, I),  drawn from a generator seeded by a hash of the triple

so that member k is the same field whatever the number of members, their order, the batch size or
the device. Step 0 is the initial state; step i + 1 is the i-th transition of a sampler. torch's
generators keep 32 bits of the hash: of n fields, two are the same with a probability of n²/2³³.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol

import torch
from torch import Tensor


class Noise(Protocol):
    """Fresh standard normal noise of each sampler step."""

    def noise(self, step: int) -> Tensor:
        """ε [B, C, H, W] of this step; the same at every call."""


class MemberNoise:
    """Noise keyed by (seed, member, step).

    Args:
        seed: of the analysis; shared by its members.
        members: numbers of the members in this batch.
        shape: (C, H, W) of one field.
        device: where the noise is needed; it is always drawn on the CPU, in float32, so that
            neither device nor precision changes it.
        dtype: of the returned tensor.
    """

    def __init__(
        self,
        seed: int,
        members: Sequence[int],
        shape: tuple[int, ...],
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        self.seed, self.members, self.shape = int(seed), tuple(members), tuple(shape)
        self.device, self.dtype = device, dtype

    def noise(self, step: int) -> Tensor:
        """ε [len(members), C, H, W] of this step."""
        fields = [
            torch.randn(self.shape, generator=self._generator(member, step))
            for member in self.members
        ]
        return torch.stack(fields).to(device=self.device, dtype=self.dtype)

    def _generator(self, member: int, step: int) -> torch.Generator:
        key = f"{self.seed}/{int(member)}/{int(step)}".encode()
        digest = int.from_bytes(blake2b(key, digest_size=8).digest(), "big")
        return torch.Generator("cpu").manual_seed(digest >> 1)
