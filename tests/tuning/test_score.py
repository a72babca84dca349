"""What a trial is worth, by another way; what it costs, counted; killed and gone on with."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from examiners import Notes

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import Config
from thermocline.systems.config import load_config
from thermocline.systems.learning import CALIBRATED_CRPS, COST, CRPS
from thermocline.systems.reconstruct.baselines.leave_out import LeaveMemberOut
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.systems.reconstruct.evaluation.trials import Trials
from thermocline.systems.reconstruct.model.assemble import assemble
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.train import train_prior
from thermocline.training.weights import named_weights
from thermocline.trust.judgement import Trust
from thermocline.tuning import sweep as sweeps
from thermocline.tuning.overrides import override
from thermocline.tuning.rungs import Rungs
from thermocline.tuning.study import IDENTITY
from thermocline.tuning.sweep import run_sweep
from thermocline.tuning.trial import shortened
from thermocline.verify.metrics.scores import pool

STORAGE = "journal:///build/sweeps/reconstruct.log"


@pytest.fixture(scope="module")
def parts(built: Path) -> tuple[Config, States, EnsembleOI]:
    store = States.open(built / "build/prepared/reconstruct.nc")
    ensemble = EnsembleOI.load(built / "build/baselines/reconstruct/ensemble_oi.safetensors")
    return load_config(built / "params.yaml"), store, ensemble


@pytest.fixture(scope="module")
def model(parts, tmp_path_factory) -> Reconstructor:
    config, store, ensemble = parts
    short = shortened(config, "reconstruct", 3)
    fitted = train_prior(short, store, ensemble, tmp_path_factory.mktemp("weights"))
    return assemble(short, store, named_weights(fitted), "", ensemble)


def test_scored_are_the_members_as_diffusion_made_them(built, parts, model) -> None:
    """The uncalibrated model on a member that is not in its training data."""
    config, store, ensemble = parts
    examination, area = Trials(config, built), np.asarray(store.grid.cell_area())
    scores, others = [], LeaveMemberOut(store, ensemble)
    for index, case in enumerate(examination.cases):
        stranger = replace(model, ensemble=others(case.problem.case))
        count, full = len(examination.members), Trust.full(len(store.depth))
        analysis = stranger.analyse(case.problem, count, config.seed + index, full)
        scores.append(score_case(analysis, case.problem, case.truth, store.statistics, area))
    found = examination.score(model)
    assert found[CRPS] == pytest.approx(pool(scores).crps, rel=1e-6)
    assert examination.quick_score(model) == pytest.approx(pool(scores[::2]).crps, rel=1e-6)
    assert found == Trials(config, built).score(model)
    # A network trained for three steps is not to be trusted, which is what calibration is for.
    assert found[CALIBRATED_CRPS] != found[CRPS] and 0 < found[CALIBRATED_CRPS] < 5


def test_cost_is_what_can_be_counted(built, parts, model) -> None:
    """Multiplications and additions of every convolution and linear layer, by their shapes."""
    config, _, _ = parts
    examination, flops = Trials(config, built), []

    def count(module: torch.nn.Module, given: tuple, answer: torch.Tensor) -> None:
        (weight,) = (
            value for name, value in module.named_parameters(recurse=False) if name == "weight"
        )
        places = answer.numel() // weight.shape[0] if weight.dim() > 1 else 0
        flops.append(2 * places * weight.numel())

    layers = (torch.nn.Conv2d, torch.nn.Linear)
    handles = [
        layer.register_forward_hook(count)
        for layer in model.prior.network.modules()
        if isinstance(layer, layers)
    ]

    def cost(**changed: object) -> float:
        flops.clear()
        sampling = model.contract.sampling.model_copy(update=changed)
        other = replace(model, contract=model.contract.model_copy(update={"sampling": sampling}))
        return examination.score(other)[COST]

    one = cost(sampler="euler", guidance="none", steps=1)
    counted = sum(flops) / len(examination.cases) / 4  # four members are computed at once
    assert one == pytest.approx(counted / 1e9, rel=0.02)
    # One evaluation is the mean's, and shared by the four members.
    three = cost(sampler="euler", guidance="none", steps=3)
    assert three == pytest.approx((3 + 1 / 4) / (1 + 1 / 4) * one, rel=1e-9)
    # A backward pass through the network costs about as much again, or twice.
    assert 1.6 * one < cost(sampler="euler", guidance="pigdm", steps=1) < 2.8 * one
    for handle in handles:
        handle.remove()


def test_rungs_leave_training_as_it_is(parts, tmp_path) -> None:
    config, store, ensemble = parts
    short, seen = shortened(config, "reconstruct", 9), []
    look = Rungs((1, 3), lambda step, weights: bool(seen.append((step, len(weights)))))
    with_rungs = train_prior(short, store, ensemble, tmp_path / "a", callbacks=[look])
    without = train_prior(short, store, ensemble, tmp_path / "b")
    assert [step for step, _ in seen] == [1, 3]
    assert all(torch.equal(value, without.ema[name]) for name, value in with_rungs.ema.items())


def test_a_trial_is_the_training_to_scale() -> None:
    config = load_config(Path(__file__).resolve().parents[2] / "params.yaml")
    full = config.reconstruct.training
    short = shortened(config, "reconstruct", full.steps // 8).reconstruct.training
    assert short.warmup == round(full.warmup / 8) and short.steps == full.steps // 8
    # The average forgets the same share of the training.
    assert short.ema**short.steps == pytest.approx(full.ema**full.steps)
    assert shortened(config, "reconstruct", 2 * full.steps).reconstruct.training.ema == full.ema


@pytest.fixture
def killed_at_a_rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """SystemExit the first time step 3 is to be judged: after its checkpoint, before its report."""
    judged: list[int] = []
    quick = Trials.quick_score

    def once(self: Trials, model: Reconstructor) -> float:
        judged.append(len(judged))
        if len(judged) == 2:
            raise SystemExit(137)
        return quick(self, model)

    monkeypatch.setattr(Trials, "quick_score", once)
    yield judged


def test_a_killed_trial_continues_from_its_checkpoint(
    project: Path, killed_at_a_rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same value as uninterrupted; no rung is judged twice, and none left out."""
    sweep = lambda storage, notes=None: run_sweep(
        load_config(), "reconstruct", storage, 1, 9, notes
    )
    with pytest.raises(SystemExit):
        sweep(STORAGE)
    (checkpoint,) = (project / sweeps.CHECKPOINTS).rglob("last.ckpt")
    assert checkpoint.parent.name == "0"
    held = torch.load(checkpoint, weights_only=True)
    assert held["global_step"] == 3
    notes = Notes()
    study = sweep(STORAGE, notes)
    assert [outcome for _, outcome in notes.ends] == ["killed", "complete"]
    assert [step for _, step, _ in notes.metrics] == [3, 9]
    assert sorted(study.trials[1].intermediate_values) == [1, 3, 9]
    assert not checkpoint.exists()
    whole = sweep("journal:///build/sweeps/other.log")
    assert whole.user_attrs[IDENTITY] != study.user_attrs[IDENTITY]
    assert whole.trials[0].values == study.trials[1].values
    assert whole.trials[0].intermediate_values == study.trials[1].intermediate_values
    # The space may not hold what was drawn before; the study is then another one.
    wider = override(
        load_config(), {"reconstruct.tune.space": {"sampling.steps": {"whole": [1, 9]}}}
    )
    assert run_sweep(wider, "reconstruct", STORAGE, 1, 9).study_name != study.study_name
