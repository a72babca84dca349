"""A real but tiny super-resolver, untrained, its report, and coarse seas to ask it about."""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.config import SuperresConfig

FACTOR = 5
QUALITY = {"bicubic": 1.0, "lanczos": 0.97, "regression": 0.9}
"""Errors of methods on the report, as shares of bicubic's."""


def tiny_superres(seed: int = 0, factor: int = FACTOR, **sections):
    """A Superresolver whose untrained network is shaken, so that it says something."""
    import torch

    from thermocline.baselines.downscaling.upsampling import Upsampling
    from thermocline.systems.superres.model.calibration import Calibration
    from thermocline.systems.superres.model.contract import SuperresContract
    from thermocline.systems.superres.model.method import Superresolver, make_denoiser
    from thermocline.systems.superres.model.scales import Scales

    network = {"width": 8, "multipliers": [1, 2], "embedding": 16, "patch": factor}
    config = SuperresConfig.model_validate(
        {"network": network, "sampling": {"members": 4}, **sections}
    )
    contract = SuperresContract(
        factor=factor,
        config=config,
        scales=Scales(unit=0.3, weights=(0.01, 0.02, 0.02, 0.0)),
        gate=Calibration(gradient_magnitude=(0.1, 1.0), correction=(0.2, 0.3), spread=(1.0, 1.0)),
        seed=seed,
        data_digest="e" * 64,
    )
    denoiser = make_denoiser(contract)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in denoiser.network.parameters():
            weight.add_(0.05 * torch.randn(weight.shape, generator=generator).to(weight.device))
    raw = {k: v.cpu().clone() for k, v in denoiser.network.state_dict().items()}
    return Superresolver(contract, denoiser, Upsampling(config.first_guess), raw)


def save_tiny_superres(directory: Path, seed: int = 0) -> Path:
    """The folder that training would write."""
    tiny_superres(seed).save(directory)
    training = {
        "seed": seed,
        "steps": 10,
        "data_digest": "e" * 64,
        "metrics": {"loss": 0.5},
        "history": [{"step": 5, "loss": 0.7}, {"step": 10, "loss": 0.5}],
    }
    (directory / "training.json").write_text(json.dumps(training))
    return directory


def coarse_sst(
    rows: int = 8,
    columns: int = 12,
    *,
    south: float = -44.0,
    west: float = -150.0,
    step: float = 0.25,
    days: int = 1,
) -> xr.Dataset:
    """A front with meanders, as a file would hold it; by default in the open South Pacific."""
    latitude = south + step * (np.arange(rows) + 0.5)
    longitude = west + step * (np.arange(columns) + 0.5)
    bent = latitude[:, None] - latitude.mean() + 0.4 * np.sin(3 * longitude)
    sst = 14 - 2 * np.tanh(bent) + np.arange(days)[:, None, None]
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), sst.astype(np.float32), {"units": "degree_Celsius"})},
        coords={
            "time": np.datetime64("2008-03-14", "ns") + np.arange(days) * np.timedelta64(1, "D"),
            "lat": ("lat", latitude, {"units": "degrees_north"}),
            "lon": ("lon", longitude, {"units": "degrees_east"}),
        },
    )


def board(ours: float = 0.6, *, days: int = 5, noise: int = 0, period: str = "2008"):
    """A board written by the scoreboard itself: errors are bicubic's share of a random field."""
    from thermocline.systems.superres.evaluation.board import context_of
    from thermocline.systems.superres.evaluation.presentation import presentation
    from thermocline.systems.superres.evaluation.scoring import score_downscaled
    from thermocline.verify.board.scoreboard import Board

    lat, lon = -44 + 0.05 * (np.arange(20) + 0.5), -150 + 0.05 * (np.arange(20) + 0.5)
    problems, truths = [], []
    for day in range(days):
        for region in ("north", "south"):
            rng = np.random.default_rng([day, len(region)])
            grid = LatLonGrid(lat + (10 if region == "north" else 0), lon)
            truth = (15 + rng.standard_normal(grid.shape)).astype(np.float32)
            value = block_mean(truth, grid.cell_area(), FACTOR)
            date = np.datetime64("2008-03-14") + 10 * day
            case = f"{region}/{date}"
            everywhere = np.ones(grid.shape, bool)
            s_y = np.full(value.shape, 0.05, np.float32)
            problems.append(LowResolution(value, s_y, everywhere, grid, FACTOR, date, region, case))
            truths.append(truth)
    context = context_of(problems, period)
    made = Board("superres", context, 200, 0, presentation=presentation(context))
    for method, quality in {"thermocline": ours, **QUALITY}.items():
        scores = []
        for number, (problem, truth) in enumerate(zip(problems, truths, strict=True)):
            rng = np.random.default_rng([number, noise, len(method)])
            mean = 15 + (1 - quality) * (truth - 15) + 0.05 * rng.standard_normal(truth.shape)
            members = mean + quality * rng.standard_normal((4, *truth.shape))
            answer = Analysis(
                mean[None].astype(np.float32),
                None if method == "thermocline" else np.full((1, *truth.shape), 0.5, np.float32),
                members[:, None].astype(np.float32) if method == "thermocline" else None,
                evaluations=6,
                seconds=0.1,
            )
            scores.append(score_downscaled(answer, problem, truth, rng=rng, box=20))
        made.add(method, "blocks", 1 / FACTOR**2, scores, variable="analysed_sst")
    return made


def save_superres_report(directory: Path, ours: float = 0.6, **options: object) -> Path:
    """The folder that evaluation would write."""
    from thermocline.verify.board.boardfiles import write_board

    write_board(board(ours, **options), directory)  # type: ignore[arg-type]
    return directory
