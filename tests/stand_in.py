"""A stand-in for an accelerator, where there is none.

Tensors on torch's `meta` device have shapes and no values. What joins one with a tensor of the
processor raises, as on a GPU; what asks for its values is given ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

DEVICE = "meta"


@contextmanager
def accelerator() -> Iterator[str]:
    """Where tensors are moved to, while values can be asked of them."""
    of = torch.Tensor
    to_processor, number, truth = of.cpu, of.__float__, of.__bool__
    ones = lambda t: torch.ones(t.shape, dtype=t.dtype) if t.is_meta else to_processor(t)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of, "cpu", ones)
        patch.setattr(of, "__float__", lambda t: 1.0 if t.is_meta else number(t))
        patch.setattr(of, "__bool__", lambda t: True if t.is_meta else truth(t))
        yield DEVICE
