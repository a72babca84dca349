"""What happens to a member of the trained `densify` model on its way from noise, as three figures.

    intermediates.png   temperature at one depth: x_t as it stands, and what D makes of it
    error.png           error of that running estimate against the step, and of the network's mean
    schedule.png        √ᾱ, √(1 − ᾱ), β̃ and log SNR of the schedule that is walked

Run `dvc repro calibrate@densify` before. Members begin in pure noise, whatever params.yaml begins
them with; a schedule with α = 1 is shown as the variance-preserving one of the same SNR.

    python -m benchmarks.densify_diagnostics [--density 0.005] [--steps 20] [--sampler ddim]
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import Intermediate, sample
from thermocline.diffusion.schedule import Schedule
from thermocline.ocean.case import Case
from thermocline.systems.config import load_config
from thermocline.systems.densify.baselines.methods import region_of
from thermocline.systems.densify.data.cases import COLUMNS, cases
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.conditioning import Conditioning, batched, describe
from thermocline.systems.densify.model.method import Densifier, load
from thermocline.systems.densify.model.sampling import schedule_of
from thermocline.systems.paths import StagePaths
from thermocline.verify.figures.style import (
    colour_bar,
    colour_map,
    draw_map,
    headline,
    new_figure,
    save,
)

OUT = Path("build/benchmarks/densify_diagnostics")
SHOWN = 5
"""States that are drawn as maps, evenly taken from the steps."""
DEPTH = 200.0
"""m, of the maps."""


def main() -> None:
    """Walk from noise to a member of the first withheld state, and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--density", type=float, default=0.005, help="share of columns observed")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--sampler", default="ddim", help="ddim, ddpm, euler, heun or dpm_solver")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = load_config()
    paths = StagePaths("densify", config)
    model, store = load(paths.model), Waters.open(paths.store)
    climates = {name: region.climate for name, region in model.regions.items()}
    case = next(cases(config, store, "test", climates, [(COLUMNS, given.density)], 1))
    schedule = schedule_of(model.prior.process, model.settings.sampling)
    walked, asked = walk(model, schedule, case, given.steps, given.sampler, config.seed)
    OUT.mkdir(parents=True, exist_ok=True)
    draw_intermediates(model, case, walked, asked)
    draw_errors(model, case, walked, asked)
    draw_schedule(schedule, given.steps)
    print(f"Three figures in {OUT}")


def walk(
    model: Densifier, schedule: Schedule, case: Case, steps: int, sampler: str, seed: int
) -> tuple[list[Intermediate], Conditioning]:
    """Every state of one member and what D made of it, and what the network was told."""
    begun = None
    if model.settings.model.start != "climatology":
        begun = model.start.analyse(case.problem, 0, seed)
    device = next(model.network.parameters()).device
    asked = batched([describe(case.problem, region_of(model.start.regions, case.problem), begun)])
    asked, walked = asked.on(device), list[Intermediate]()
    shape = tuple(asked.first_guess.shape[1:])
    noise = MemberNoise(seed, [0], shape, device)
    denoiser = model.prior.denoiser(asked)
    sample(denoiser, schedule, (1, *shape), steps, noise, sampler, callback=walked.append)
    return walked, asked


def physical(model: Densifier, case: Case, asked: Conditioning, x: torch.Tensor) -> NDArray:
    """States x [1, C, H, W] in the units of the truth [C, H, W], NaN on land."""
    climate = region_of(model.start.regions, case.problem).climate
    anomaly = (asked.first_guess + asked.scale * x)[0].cpu().numpy()
    normal = climate.mean(case.problem.time)[: len(anomaly)]
    return case.problem.fill(normal + climate.std[: len(anomaly), None, None] * anomaly)


def draw_intermediates(
    model: Densifier, case: Case, walked: list[Intermediate], asked: Conditioning
) -> None:
    """Maps of x_t/√(α² + σ²) and of x̂, and the truth."""
    chosen = [walked[i] for i in np.linspace(0, len(walked) - 1, SHOWN).round().astype(int)]
    level, grid = int(np.abs(model.depth - DEPTH).argmin()), case.problem.grid
    of = lambda x: physical(model, case, asked, x)[level]
    truth = np.where(case.problem.ocean[level], case.truth[level], np.nan)
    low, high = np.nanquantile(truth, [0.005, 0.995])
    figure = new_figure(2.6 * (SHOWN + 1), 5.6, "compressed")
    axes = figure.subplots(2, SHOWN + 1)
    scale = [float(np.hypot(each.alpha_t, each.sigma_t)) for each in chosen]
    rows = (
        [each.x_t / s for each, s in zip(chosen, scale, strict=True)],
        [each.x_hat for each in chosen],
    )
    panels = [[*map(of, row), truth] for row in rows]
    ratios = [f"σ/α = {each.sigma_t / each.alpha_t:.2g}" for each in chosen]
    for line, fields in zip(axes, panels, strict=True):
        for panel, field, title in zip(line, fields, [*ratios, "truth"], strict=True):
            middle = float(case.problem.grid.centres()[1].mean())
            mesh = draw_map(panel, grid, field, colour_map("thermal"), low, high, middle)
            panel.set_title(title, fontsize=9)
    axes[0, 0].set_ylabel("x_t, rescaled")
    axes[1, 0].set_ylabel("estimate x̂")
    colour_bar(figure, mesh, axes, "°C")
    headline(figure, f"Temperature at {model.depth[level]:.0f} m from noise to a member")
    save(figure, OUT / "intermediates.png")


def draw_errors(
    model: Densifier, case: Case, walked: list[Intermediate], asked: Conditioning
) -> None:
    """RMSE and MAE of x̂ against the step, over the climate's standard deviation."""
    region = region_of(model.start.regions, case.problem)
    std, sea = region.climate.std[: len(case.truth), None], region.climate.ocean
    with torch.no_grad():
        mean = model.prior.answer(asked)[0]
    error = lambda x: (physical(model, case, asked, x) - case.truth)[:, sea] / std
    found = np.stack([error(each.x_hat) for each in walked])
    flat, half = error(mean), len(model.depth)
    figure = new_figure(9, 3.6)
    for panel, part, name in zip(
        figure.subplots(1, 2), (slice(half), slice(half, None)), ("temperature", "salinity"),
        strict=True,
    ):  # fmt: skip
        panel.plot(np.sqrt(np.square(found[:, part]).mean(axis=(1, 2))), "o-", label="RMSE of x̂")
        panel.plot(np.abs(found[:, part]).mean(axis=(1, 2)), "s-", label="MAE of x̂")
        level = float(np.sqrt(np.square(flat[part]).mean()))
        panel.axhline(level, color="grey", ls="--", label="RMSE of the network's mean")
        panel.set_xlabel("step")
        panel.set_title(name)
        panel.set_ylim(bottom=0)
    panel.legend(fontsize=8)
    headline(figure, "Error of the running estimate, in standard deviations of the climate")
    save(figure, OUT / "error.png")


def profiles(schedule: Schedule, steps: int) -> dict[str, NDArray]:
    """√ᾱ, √(1 − ᾱ) and log SNR at the stops that have noise [N], and β̃ of what follows each [N].

    β̃ is the variance of a DDPM step from t to s: σ_s²·(1 − (α_t σ_s)²/(α_s σ_t)²), over α² + σ².
    """
    times = schedule.grid(steps)
    alpha, sigma = schedule.alpha(times).numpy(), schedule.sigma(times).numpy()
    total = np.hypot(alpha, sigma)
    a, s = alpha / total, sigma / total
    kept = (a[:-1] * s[1:] / (a[1:] * s[:-1])) ** 2
    return {
        "√ᾱ": a[:-1],
        "√(1 − ᾱ)": s[:-1],
        "β̃": s[1:] ** 2 * (1 - kept),
        "log SNR": 2 * np.log(a[:-1] / s[:-1]),
    }


def draw_schedule(schedule: Schedule, steps: int) -> None:
    """Profiles against the step."""
    figure = new_figure(11, 3)
    panels: Any = figure.subplots(1, 4)
    for panel, (name, values) in zip(panels, profiles(schedule, steps).items(), strict=True):
        panel.plot(values, "o-", ms=3)
        panel.set_title(name)
        panel.set_xlabel("step")
    headline(figure, f"{type(schedule).__name__} schedule in {steps} steps")
    save(figure, OUT / "schedule.png")


if __name__ == "__main__":
    main()
