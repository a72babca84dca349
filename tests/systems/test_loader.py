"""Batches drawn by workers are those drawn here, from whichever step they go on."""

import itertools
import os
import signal
from typing import NamedTuple

import pytest
import torch
from test_training import CONFIG, Mirror, network, same

from thermocline.errors import BadConfig, ThermoclineError
from thermocline.training.fit import fit
from thermocline.training.loader import WORKERS, batches
from thermocline.training.objective import step_generator
from thermocline.training.share import WHOLE, Share

# More of them than this machine has processors are meant.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


class Drawn(NamedTuple):
    x: torch.Tensor
    nothing: None
    inner: tuple


class Nested:
    """What is drawn may be tuples within tuples."""

    def draw(self, generator, share=WHOLE):
        x = torch.randn(4, 3, generator=generator)
        where = torch.rand(4, generator=generator) < 0.5
        return Drawn(share.part(x), None, (share.part(where), share))


def first_batches(monkeypatch, workers, share=WHOLE, first=0, count=9):
    monkeypatch.setenv(WORKERS, str(workers))
    return list(itertools.islice(batches(Nested(), 7, share, first), count))


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("share", [WHOLE, Share(1, 2)])
def test_workers_draw_what_is_drawn_here(monkeypatch, workers, share):
    here = first_batches(monkeypatch, 0, share)
    there = first_batches(monkeypatch, workers, share)
    assert [step for step, _ in there] == list(range(9))
    for (_, one), (_, other) in zip(here, there, strict=True):
        assert isinstance(other, Drawn) and other.nothing is None and other.inner[1] == share
        assert torch.equal(one.x, other.x) and torch.equal(one.inner[0], other.inner[0])


def test_batches_go_on_from_any_step(monkeypatch):
    whole, rest = first_batches(monkeypatch, 0), first_batches(monkeypatch, 2, first=5, count=4)
    assert [step for step, _ in rest] == [5, 6, 7, 8]
    assert all(torch.equal(a[1].x, b[1].x) for a, b in zip(whole[5:], rest, strict=True))


def test_workers_draw_the_parts_of_a_batch_one_after_another(monkeypatch):
    monkeypatch.setenv(WORKERS, "2")
    found = list(itertools.islice(batches(Nested(), 7, Share(1, 2), 3, accumulate=2), 6))
    assert [step for step, _ in found] == [3, 3, 4, 4, 5, 5]
    assert [drawn.inner[1] for _, drawn in found[:2]] == [Share(1, 4), Share(3, 4)]
    whole = first_batches(monkeypatch, 0, Share(1, 2), first=3, count=3)
    for (_, batch), (_, one), (_, other) in zip(whole, found[::2], found[1::2], strict=True):
        assert torch.equal(batch.x, torch.stack([one.x, other.x], dim=1).flatten(0, 1))


def test_shares_of_two_processes_are_the_whole_batch(monkeypatch):
    whole = first_batches(monkeypatch, 0, count=3)
    parts = [first_batches(monkeypatch, 2, Share(rank, 2), count=3) for rank in (0, 1)]
    for (_, batch), *shares in zip(whole, *parts, strict=True):
        together = torch.stack([share[1].x for share in shares], dim=1).flatten(0, 1)
        assert torch.equal(batch.x, together)


def test_training_with_workers_is_the_same_and_goes_on(monkeypatch, tmp_path):
    run = lambda folder, objective=None: fit(
        network(), objective or Mirror(), CONFIG, 7, tmp_path / folder, accelerator="cpu"
    )
    alone = run("alone")
    monkeypatch.setenv(WORKERS, "2")
    assert same(alone.raw, run("helped").raw)
    with pytest.raises(ThermoclineError, match="a process that draws batches was killed"):
        run("cut", Dying())
    at = torch.load(tmp_path / "cut/last.ckpt", weights_only=True)["global_step"]
    assert at in (10, 20)
    assert same(alone.raw, run("cut").raw)


class Dying(Mirror):
    """A worker is killed while it draws the batch of step 23."""

    def draw(self, generator, share=WHOLE):
        if generator.initial_seed() == step_generator(7, 23).initial_seed():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().draw(generator, share)


def test_a_number_of_workers_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv(WORKERS, "two")
    with pytest.raises(BadConfig, match="THERMOCLINE_LOADER_WORKERS is 'two'"):
        batches(Nested(), 7, WHOLE, 0)
