"""Train a `superres` model, ours or a preset's, on pairs: the same road for all."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
from safetensors.torch import load_file, save_file

from thermocline.baselines.upsampling import Upsampling
from thermocline.config.superres import SuperresConfig
from thermocline.files import atomic_path
from thermocline.observe.consistency import Consistency
from thermocline.ocean.downscaling import Downscaler, Pair
from thermocline.systems.superres.contract import SuperresContract
from thermocline.systems.superres.crops import Crops
from thermocline.systems.superres.gate import Judged, fit_gate
from thermocline.systems.superres.known import describe
from thermocline.systems.superres.method import Superresolver, make_restorer
from thermocline.systems.superres.objective import Restoring
from thermocline.systems.superres.scales import fit_scales
from thermocline.systems.training import Report, fit

VALIDATION_SEED = 1_000


def train(
    config: SuperresConfig,
    pairs: Sequence[Pair],
    held_back: Sequence[Pair],
    checkpoints: Path,
    *,
    seed: int = 0,
    centre: Downscaler | None = None,
    report: Report = lambda step, metrics: None,
    name: str = "thermocline",
    accelerator: str = "auto",
) -> Superresolver:
    """A model trained on `pairs`, stopped and gated by `held_back`.

    Continues from `checkpoints` if they were begun; that folder must belong to this very
    configuration, code and data. Of the weights, averaged over steps, those that did best on the
    held-back pairs are kept.

    Args:
        centre: a `Downscaler` to start from instead of the configured upsampling; one that was
            trained must not know the held-back pairs, or the gate will trust it too much.
    """
    centre = centre or Upsampling(config.centre)
    answers = [centre.analyse(problem, 0, 0) for problem, _ in pairs]
    scales = fit_scales(pairs, answers, config.process)
    contract = SuperresContract(factor=pairs[0][0].factor, config=config, scales=scales, seed=seed)
    model = Superresolver(contract, make_restorer(contract), centre, name=name)
    known = [
        describe(problem, answer, config.process, scales)
        for (problem, _), answer in zip(pairs, answers, strict=True)
    ]
    del answers
    training = config.training
    checks = [model.known(problem) for problem, _ in held_back]
    objective = Restoring(
        model.restorer,
        training,
        Crops(known, pairs, training.crop, training.negate),
        (checks, held_back),
        scales.unit,
    )
    network = model.restorer.network.requires_grad_(True).train()
    best = Best(checkpoints / "best.safetensors")
    fitted = fit(
        network, objective, training, seed, checkpoints, report, accelerator, callbacks=[best]
    )
    raw = {name: value.clone() for name, value in fitted.raw.items()}  # they are the network's own
    model.restorer.network.load_state_dict(best.weights(fitted.ema))
    model.restorer.network.eval().requires_grad_(False)
    model = replace(model, raw=raw)
    return gated(model, held_back) if config.gate else model


def gated(model: Superresolver, pairs: Sequence[Pair]) -> Superresolver:
    """The model with the gate that serves it best on validation pairs."""
    cases = [judge(model, pair, seed) for seed, pair in enumerate(pairs, VALIDATION_SEED)]
    contract = model.contract.model_copy(update={"gate": fit_gate(cases)})
    return replace(model, contract=contract)


def judge(model: Superresolver, pair: Pair, seed: int) -> Judged:
    """What a pair says of the model, after consistency, before the gate."""
    problem, truth = pair
    known = model.known(problem)
    drawn = model.draw(known, range(model.contract.config.sampling.members), seed)
    centre, change, deviations = known.centre, drawn.change, drawn.deviations
    if model.contract.config.consistency:
        # Linear but for its target: parts are projected as differences.
        consistency = Consistency(problem, model.contract.scales.unit)
        centre = consistency.project(known.centre)
        change = consistency.project(known.centre + change) - centre
        deviations = consistency.project(centre + deviations) - consistency.project(centre)
    sea, area = known.ocean, problem.grid.cell_area()
    return Judged(
        known.steepness[sea],
        area[sea] / area[sea].mean(),
        (truth - centre)[sea],
        change[sea],
        deviations[:, sea],
    )


class Best(L.Callback):
    """Keeps the averaged weights of the step that did best on held-back pairs."""

    def __init__(self, path: Path, figure: str = "rmse_ratio"):
        self.path, self.figure = path, figure

    def on_train_batch_end(self, trainer: L.Trainer, module: Any, *_: Any) -> None:
        """Called after each step's bookkeeping."""
        history = [metrics[self.figure] for _, metrics in module.history]
        if history and module.history[-1][0] == trainer.global_step and history[-1] == min(history):
            averaged = module.ema.module.state_dict()
            with atomic_path(self.path) as temporary:
                save_file({k: v.cpu().contiguous() for k, v in averaged.items()}, temporary)

    def weights(self, otherwise: dict[str, Any]) -> dict[str, Any]:
        """The best weights, or others if none were ever validated."""
        return load_file(self.path) if self.path.is_file() else otherwise
