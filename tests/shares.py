"""Whether the shares of a batch have the whole batch's loss and gradient."""

import torch

from thermocline.training.objective import step_generator
from thermocline.training.share import WHOLE, Share


def check_shares(objective, network, of=2, tolerance=1e-4):
    """Means of loss and gradient over the shares are the whole batch's, to rounding."""
    whole, *shared = (
        loss_and_gradient(objective, network, share)
        for share in (WHOLE, *(Share(rank, of) for rank in range(of)))
    )
    assert not torch.equal(shared[0], shared[1])
    assert float((sum(shared) / of - whole).norm()) < tolerance * float(whole.norm())


def loss_and_gradient(objective, network, share):
    network.zero_grad()
    loss = objective.loss(network, objective.draw(step_generator(3, 7), share))
    loss.backward()
    parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters()]
    return torch.cat([loss.detach()[None], *(part.flatten() for part in parts)])
