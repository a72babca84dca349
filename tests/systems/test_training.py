"""A run that was interrupted is the same run, to the bit."""

import os
import signal

import pytest
import torch

from thermocline.config import TrainingConfig
from thermocline.errors import BadConfig, ThermoclineError
from thermocline.training.fit import fit
from thermocline.training.module import TrainingModule
from thermocline.training.objective import step_generator
from thermocline.training.share import WHOLE, Share, gathered

CONFIG = TrainingConfig(steps=30, checkpoint_every=10, validate_every=10, warmup=5, ema=0.9)


class Mirror:
    """Learn to reverse three numbers."""

    def draw(self, generator, share=WHOLE):
        return share.part(torch.randn(4, 3, generator=generator))

    def loss(self, network, drawn):
        return (network(drawn) - drawn.flip(1)).square().mean()

    @torch.no_grad()
    def validate(self, network):
        x = torch.eye(3)
        return {"error": float((network(x) - x.flip(1)).square().mean())}


def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.SiLU(), torch.nn.Linear(8, 3))


def run(folder, stop_at=None, **changes):
    def report(step, metrics):
        if step == stop_at:
            raise InterruptedError

    config = CONFIG.model_copy(update=changes)
    return fit(network(), Mirror(), config, 7, folder, report, accelerator="cpu")


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_resuming_changes_nothing(tmp_path):
    whole = run(tmp_path / "whole")
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", stop_at=20)
    resumed = run(tmp_path / "cut")
    assert same(whole.raw, resumed.raw)
    assert same(whole.ema, resumed.ema)
    assert whole.history == resumed.history


def test_sigterm_ends_a_training_after_a_step_and_is_no_success(tmp_path):
    class Ended(Mirror):
        def validate(self, network):
            os.kill(os.getpid(), signal.SIGTERM)
            return super().validate(network)

    with pytest.raises(SystemExit) as left:
        fit(network(), Ended(), CONFIG, 7, tmp_path, accelerator="cpu")
    assert left.value.code == 143
    assert same(run(tmp_path).raw, run(tmp_path / "whole").raw)


def test_parts_of_a_batch_one_after_another_train_as_the_whole(tmp_path):
    every = {"steps": 50, "validate_every": 1, "batch": 4}
    whole = run(tmp_path / "whole", **every)
    parts = run(tmp_path / "parts", **every, accumulate=4)
    losses = [[each["train_loss"] for _, each in fitted.history] for fitted in (whole, parts)]
    assert len(losses[1]) == 50
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    torch.testing.assert_close(parts.ema, whole.ema, rtol=1e-4, atol=1e-6)
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", stop_at=25, **every, accumulate=4)
    resumed = run(tmp_path / "cut", **every, accumulate=4)
    assert same(parts.raw, resumed.raw) and parts.history == resumed.history


def test_fused_steps_train_alike(tmp_path):
    """To the last digits or so; and killed, they go on to the bit."""
    every: dict = {"steps": 20, "validate_every": 5, "batch": 4}
    plain, fused = run(tmp_path / "plain", **every), run(tmp_path / "a", **every, fused=True)
    torch.testing.assert_close(fused.raw, plain.raw, rtol=1e-3, atol=1e-5)
    module = TrainingModule(network(), Mirror(), CONFIG.model_copy(update={"fused": True}), 7)
    assert module.configure_optimizers()["optimizer"].defaults["fused"]
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", stop_at=10, **every, fused=True)
    resumed = run(tmp_path / "cut", **every, fused=True)
    assert same(fused.raw, resumed.raw) and same(fused.ema, resumed.ema)


def test_fused_steps_are_clipped_in_16_bits_too(tmp_path):
    for precision in ("32-true", "bf16-mixed"):
        fitted = run(tmp_path / precision, steps=4, batch=4, fused=True, precision=precision)
        assert all(bool(torch.isfinite(each).all()) for each in fitted.raw.values())


def test_muon_learns_and_goes_on_to_the_bit(tmp_path):
    class Moved(Mirror):
        """Learn to move a field by a column."""

        def draw(self, generator, share=WHOLE):
            return share.part(torch.randn(4, 2, 8, 8, generator=generator))

        def loss(self, network, drawn):
            return (network(drawn) - drawn.roll(1, -1)).square().mean()

        @torch.no_grad()
        def validate(self, network):
            return {"error": float(self.loss(network, torch.eye(8).expand(1, 2, 8, 8)))}

    def trained(folder, optimizer="muon", stop_at=None):
        def report(step, metrics):
            if step == stop_at:
                raise InterruptedError

        with torch.random.fork_rng():
            torch.manual_seed(0)
            made = torch.nn.Sequential(
                torch.nn.Conv2d(2, 8, 3, padding=1), torch.nn.SiLU(), torch.nn.Conv2d(8, 2, 1)
            )
        config = CONFIG.model_copy(update={"optimizer": optimizer, "learning_rate": 0.02})
        return fit(made, Moved(), config, 7, folder, report, accelerator="cpu")

    whole = trained(tmp_path / "whole")
    assert whole.history[-1][1]["error"] < whole.history[0][1]["error"]
    with pytest.raises(InterruptedError):
        trained(tmp_path / "cut", stop_at=20)
    resumed = trained(tmp_path / "cut")
    assert same(whole.raw, resumed.raw) and same(whole.ema, resumed.ema)
    assert not same(whole.raw, trained(tmp_path / "adamw", "adamw").raw)


def test_a_batch_that_does_not_divide_into_parts_is_refused(tmp_path):
    with pytest.raises(BadConfig, match="multiple of 3"):
        run(tmp_path, batch=4, accumulate=3)


def test_what_learns_from_whole_batches_is_refused_in_parts():
    with pytest.raises(BadConfig, match="whole batches"):
        gathered(torch.zeros(2), Share(1, 2))


def test_a_finished_run_is_not_trained_again(tmp_path):
    once, twice = run(tmp_path), run(tmp_path)
    assert same(once.raw, twice.raw)
    assert same(once.ema, twice.ema)


def test_training_learns_and_averages(tmp_path):
    fitted = run(tmp_path)
    assert fitted.history[-1][1]["error"] < fitted.history[0][1]["error"]
    assert not same(fitted.raw, fitted.ema)


def test_each_step_has_randomness_of_its_own():
    draws = {
        float(torch.rand(1, generator=step_generator(seed, step)))
        for seed in range(3)
        for step in range(3)
    }
    assert len(draws) == 9


@pytest.mark.parametrize("changes, step", [({"learning_rate": 1e30}, 2), ({"batch": 4}, 5)])
def test_a_training_that_comes_to_no_number_ends_and_names_its_step(tmp_path, changes, step):
    """By the settings, or by one batch; and no checkpoint of it is left."""

    class Burst(Mirror):
        drawn = 0

        def loss(self, network, drawn):
            Burst.drawn += 1
            loss = super().loss(network, drawn)
            return loss * (float("nan") if Burst.drawn == 5 else 1)

    config = CONFIG.model_copy(update={"warmup": 1, "checkpoint_every": 100, **changes})
    with pytest.raises(ThermoclineError, match=f"step {step} of 30 .*learning_rate") as caught:
        fit(network(), Burst(), config, 7, tmp_path, accelerator="cpu")
    assert "gradient_clip" in str(caught.value) and not (tmp_path / "last.ckpt").exists()


def test_weights_that_are_no_numbers_are_not_kept(tmp_path):
    """The last step's loss is one, what it did to the weights is not."""
    config = CONFIG.model_copy(update={"steps": 1, "learning_rate": float("inf"), "warmup": 1})
    with pytest.raises(ThermoclineError, match="step 1 of 1"):
        fit(network(), Mirror(), config, 7, tmp_path, accelerator="cpu")
    assert not (tmp_path / "last.ckpt").exists()
