"""Trained denoisers on held-out months, 2 % of columns observed.

`told` is the demo's: it is told of the observations and of their ensemble-OI analysis, and starts
near draws of it, as `reconstruct` does; what it makes of them is scored before the gate. `untold`
is an unconditional prior of few training steps that starts from pure noise, for which guidance was
made.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from benchmarks.sampling.closed_form import schedule_of
from benchmarks.sampling.pairs import Pair

from thermocline.config import Config, SamplingConfig
from thermocline.diffusion.denoiser import CountingDenoiser
from thermocline.diffusion.guidance import Observation, make_guidance
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import sample
from thermocline.errors import BadConfig
from thermocline.files import sha256_arrays
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis, Field
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.systems.reconstruct.model.guided import begin
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.posterior_mean import conditioning_of, mean_of
from thermocline.systems.reconstruct.model.prior import Prior, build_network
from thermocline.systems.reconstruct.model.train import train_prior, training_key

DENSITY = 0.02
SAMPLERS = ("heun", "euler", "ddim", "ddpm", "dpm_solver")
"""Those `reconstruct` can be set to: the residual shift needs a cheap field to start from."""
KNOWN = ("ensemble OI", "best guess", "the model as served")
"""What there is without sampling, and at the demo's own settings."""


@dataclass(frozen=True)
class Task:
    """A case, and where its members start: [M, C, H, W] if not at pure noise."""

    case: Case
    analysis: Field | None = None
    start: Field | None = None


class Trained:
    """A prior's errors on cases; all pairs see the same cases and the same noise."""

    def __init__(
        self,
        prior: Prior,
        tasks: Sequence[Task],
        store: States,
        sampling: SamplingConfig,
        seed: int,
    ):
        self.prior, self.tasks, self.sampling, self.seed = prior, tasks, sampling, seed
        self.statistics, self.area = store.statistics, np.asarray(store.grid.cell_area())

    @property
    def key(self) -> str:
        """Digest of the weights."""
        weights = self.prior.network.state_dict().values()
        return sha256_arrays(*(value.cpu().numpy() for value in weights))[:8]

    def score(self, pair: Pair, steps: int) -> tuple[int, dict[str, float]]:
        """Evaluations a member, and RMSE of the members' mean and fair CRPS over all cases, °C."""
        scores, count = [], 0
        for number, task in enumerate(self.tasks):
            members, count = self.members(task, pair, steps, self.seed + number)
            answer = Analysis(members.mean(axis=0), None, members)
            scores.append(self.evaluate(task.case, answer))
        return count, pooled(scores)

    def evaluate(self, case: Case, answer: Analysis) -> tuple[float, float]:
        """Mean squared error (°C²) and CRPS (°C)."""
        if answer.members is not None:
            answer = replace(answer, std=answer.members.std(axis=0, ddof=1))
        scored = score_case(answer, case.problem, case.truth, self.statistics, self.area)
        return scored.mse, scored.crps

    def members(self, task: Task, pair: Pair, steps: int, seed: int) -> tuple[Field, int]:
        """Members [M, C, H, W] on any schedule, all in one batch, and evaluations each took."""
        problem = task.case.problem
        device = next(self.prior.network.parameters()).device
        tensor = lambda field: torch.from_numpy(field)[None].to(device)
        ocean = tensor(problem.ocean)
        shown = conditioning_of(problem, task.analysis, device)
        month = torch.tensor([problem.month], device=device)
        denoiser = CountingDenoiser(self.prior.denoiser(ocean, month, given=shown))
        observation = Observation(tensor(problem.y), tensor(problem.observed), tensor(problem.s_y))
        options = {"clip": None} if pair.guidance == "reconmost" else {}
        guidance = make_guidance(pair.guidance, **options)
        schedule = schedule_of(pair, self.sampling.sigma_min, self.sampling.sigma_max)
        noise = MemberNoise(seed, range(self.sampling.members), problem.y.shape, device)
        origin = None if task.start is None else torch.from_numpy(task.start)
        x, at = begin(schedule, self.sampling, noise, origin, ocean)
        fields = sample(
            guidance(denoiser, observation),
            schedule,
            x,
            steps,
            noise,
            sampler=pair.sampler,
            start_time=at,
            guidance_step=guidance.step(observation),
        )
        return (fields * ocean).cpu().numpy(), denoiser.count


def pooled(scores: Sequence[tuple[float, float]]) -> dict[str, float]:
    """RMSE and CRPS, °C, over cases of given mean squared errors and CRPS."""
    squared, crps = np.mean(scores, axis=0)
    return {"rmse": float(np.sqrt(squared)), "crps": float(crps)}


def open_cases(months: int) -> tuple[Config, States, list[Case]]:
    """The demo's settings, its store, and held-out months of it."""
    config = load_config(overrides={"reconstruct.evaluate.months": months})
    store = States.open(config.data.prepared / "reconstruct.nc")
    return config, store, list(EvaluationSet(store, config, "test").columns(DENSITY))


def told(months: int, members: int) -> tuple[Trained, dict[str, dict[str, float]]]:
    """The demo's model, and what is known without sampling: analysis, best guess, its answer."""
    config, store, cases = open_cases(months)
    model = Reconstructor.load("build/models/reconstruct")
    sampling = model.sampling.model_copy(update={"members": members})
    tasks: list[Task] = []
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in KNOWN}
    trained = Trained(model.prior, tasks, store, sampling, config.seed)
    for number, case in enumerate(cases):
        posterior = model.posterior(case.problem, range(members), config.seed + number)
        guess = mean_of(model.prior, case.problem, posterior[0])
        tasks.append(Task(case, posterior[0], posterior[1] + guess - posterior[0]))
        answers = (
            model.ensemble.analyse(case.problem),
            Analysis(guess, None),
            model.analyse(case.problem, members, config.seed + number),
        )
        for name, answer in zip(KNOWN, answers, strict=True):
            found[name].append(trained.evaluate(case, answer))
    return trained, {name: pooled(scores) for name, scores in found.items()}


def untold(months: int, members: int, model: Path | None, steps: int, folder: Path) -> Trained:
    """An unconditional prior: that of `model`, or one trained for `steps` steps in `folder`."""
    config, store, cases = open_cases(months)
    prior = Reconstructor.load(model).prior if model else train(store, steps, folder)
    if prior.masking.shows:
        raise BadConfig(
            "this model's network is shown observations",
            where=str(model),
            fix="train one with reconstruct.model.masking: {ratio: 1.0, analysis: false}",
        )
    sampling = SamplingConfig(start="noise", sigma_min=0.05, members=members)
    return Trained(prior, [Task(case) for case in cases], store, sampling, config.seed)


def train(store: States, steps: int, folder: Path) -> Prior:
    """A prior that is shown nothing; found in `folder` if it was trained before."""
    nothing = {
        "reconstruct.model.masking.analysis": False,
        "reconstruct.model.masking.ratio": 1.0,
        "reconstruct.training.steps": steps,
    }
    config = load_config(overrides=nothing)
    ensemble = Reconstructor.load("build/models/reconstruct").ensemble
    key = training_key(config, store.digest(), ensemble)
    fitted = train_prior(config, store, ensemble, folder / f"prior-{key}")
    own = config.reconstruct
    network = build_network(own.network, own.masking, len(store.depth), config.seed)
    network.load_state_dict(fitted.ema)
    network.eval().requires_grad_(False)
    return Prior(network, own.process, store.grid, own.masking)


def seconds(members: int = 16) -> dict[float, tuple[float, float]]:
    """Wall-clock and processor seconds of a reconstruction, by density of columns."""
    config = load_config(overrides={"reconstruct.evaluate.months": 1})
    store = States.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load("build/models/reconstruct")
    book = EvaluationSet(store, config, "test")
    taken = {}
    for density in config.section("reconstruct").evaluate.densities:
        problem = next(book.columns(density)).problem
        if not taken:  # the localisation is decomposed once a model, at its first answer
            model.analyse(problem, 1, config.seed)
        wall, processor = time.perf_counter(), time.process_time()
        model.analyse(problem, members, config.seed)
        taken[density] = time.perf_counter() - wall, time.process_time() - processor
    return taken
