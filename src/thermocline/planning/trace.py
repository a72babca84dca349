"""The work and the memory of a computation, operation by operation, as PyTorch dispatches them.

    with FakeTensorMode(), Trace() as trace:      # shapes alone: nothing is allocated
        network(x).sum().backward()

Floating-point operations are those of `torch.utils.flop_counter`: of convolutions and matrix
products, 2 for a multiplication with its addition, as data sheets count them. Bytes are those of an
operation's inputs and outputs, each once; views move none.
"""

import weakref
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten
LARGE_ALLOCATION = 32 * 2**20
"""Bytes from which the C library asks the system for memory, and gives it back at once."""
NORMS = ("native_group_norm", "native_layer_norm")
MOVES = ("cat", "copy", "clone", "pad", "upsample", "slice", "pixel", "roll", "index", "gather")
"""Parts of the names of operations that move values and compute next to nothing."""


@dataclass
class Work:
    """What was done by operations of one kind.

    Attributes:
        flops: floating-point operations.
        bytes: read and written.
        large: bytes of new storages of `LARGE_ALLOCATION` and more, of pages handed out anew.
        calls: how many operations.
    """

    flops: int = 0
    bytes: int = 0
    large: int = 0
    calls: int = 0


class Trace(TorchDispatchMode):
    """Counts what happens within it, on real tensors, on fake ones and on the meta device alike.

    Attributes:
        work: by kind: "convolution", "backward" (of one), "depthwise" (either way), "product" (of
            matrices), "norm", "move" or "pointwise" (all the rest).
        live, peak: bytes of storages that were made within it and live, now and at most.
    """

    def __init__(self) -> None:
        super().__init__()
        self.work: dict[str, Work] = defaultdict(Work)
        self.live = self.peak = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        answer = func(*args, **kwargs)
        given, made = _tensors((args, kwargs)), _tensors(answer)
        if not _is_view(func):
            work = self.work[_kind(func, args)]
            work.flops += _flops(func, args, kwargs, answer)
            work.bytes += sum(_bytes(each) for each in (*given, *made))
            work.calls += 1
            work.large += sum(
                size for each in made if (size := self._hold(each)) >= LARGE_ALLOCATION
            )
        return answer

    def of(self, *kinds: str) -> Work:
        """The sum of some kinds; of all, if none is named."""
        parts = [self.work[kind] for kind in kinds or list(self.work)]
        return Work(*(sum(getattr(part, f.name) for part in parts) for f in fields(Work)))

    def _hold(self, tensor: Tensor) -> int:
        """Count a storage until it is freed; its bytes if it is a new one."""
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._seen:
            return 0
        self._seen.add(key)
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._free, key, size)
        return size

    def _free(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self.live -= size


class Saved(saved_tensors_hooks):
    """Counts what autograd keeps for the backward pass, each storage once.

    Args:
        but: tensors that are there anyway: weights and what is given.

    Attributes:
        bytes: kept so far.
    """

    def __init__(self, but: Iterable[Tensor] = ()):
        self._seen = {each.untyped_storage()._cdata for each in but}
        self.bytes = 0
        super().__init__(self._pack, lambda kept: kept)

    def _pack(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._seen:
            self._seen.add(key)
            self.bytes += storage.nbytes()
            # Another one may get its address once it is freed.
            weakref.finalize(storage, self._seen.discard, key)
        return tensor


def _kind(func: Any, args: tuple[Any, ...]) -> str:
    packet = func._overloadpacket
    if packet in (aten.convolution, aten.convolution_backward):
        back = packet is aten.convolution_backward
        weight = args[2] if back else args[1]
        if weight.shape[1] == 1 and weight.shape[0] > 1:
            return "depthwise"
        return "backward" if back else "convolution"
    if packet in flop_registry:
        return "product"
    name = packet.__name__
    if name.startswith(NORMS):
        return "norm"
    return "move" if any(part in name for part in MOVES) else "pointwise"


def _flops(func: Any, args: tuple[Any, ...], kwargs: Any, answer: Any) -> int:
    packet = func._overloadpacket
    if packet is aten.convolution_backward:
        # The library's count takes every convolution for a dense one. Of each of the gradients by
        # input and by weight it is that of the convolution itself.
        upstream, weight, wanted = args[0], args[2], args[-1]
        return 2 * upstream.numel() * weight[0].numel() * (int(wanted[0]) + int(wanted[1]))
    counter = flop_registry.get(packet)
    return int(counter(*args, **kwargs, out_val=answer)) if counter else 0


def _is_view(func: Any) -> bool:
    """Whether all that is returned is a given tensor, looked at in another way."""
    returns = func._schema.returns
    aliases = [each.alias_info for each in returns]
    return bool(returns) and all(alias is not None and not alias.is_write for alias in aliases)


def _tensors(tree: Any) -> list[Tensor]:
    return [each for each in tree_leaves(tree) if isinstance(each, torch.Tensor)]


def _bytes(tensor: Tensor) -> int:
    """Of a tensor's values; what is expanded is read once."""
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())
