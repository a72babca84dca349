"""A real but tiny reconstructor — untrained network, a small training library — and its scores."""

import json
from pathlib import Path

import numpy as np

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import (
    ErrorConfig,
    MaskingConfig,
    NetworkConfig,
    ProcessConfig,
    SamplingConfig,
)
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.statistics import Statistics

DEPTH = (5.0, 100.0, 500.0)


def statistics(grid: LatLonGrid) -> Statistics:
    """An ocean that is warm at the equator and on top; land is a block of cells, and the poles."""
    lat = np.radians(grid.latitude)[None, :, None]
    depth = np.array(DEPTH)[:, None, None]
    base = 4 + 22 * np.cos(lat) ** 2 * np.exp(-depth / 300) + np.zeros((1, 1, grid.shape[1]))
    season = np.cos(np.arange(12) * np.pi / 6)[:, None, None, None] * np.sin(lat)[None]
    climatology = base[None] - 2 * season * np.exp(-depth / 50)[None]
    ocean = np.ones(base.shape, bool)
    ocean[:, 5:11, 3:6] = False
    ocean[:, :1] = ocean[:, -1:] = False
    ocean[2, :, 8:10] = False  # a shelf: sea above, none at 500 m
    std = np.where(ocean, 0.5 + 0.5 * np.exp(-depth / 300), 1.0)
    return Statistics(
        np.where(ocean, climatology, 0).astype(np.float32), std.astype(np.float32), ocean
    )


def tiny(seed: int = 0):
    """A Reconstructor of 16 × 32 cells and 3 levels."""
    from thermocline.systems.calibration import Calibration
    from thermocline.systems.reconstruct.model.contract import ReconstructContract
    from thermocline.systems.reconstruct.model.method import Reconstructor
    from thermocline.systems.reconstruct.model.prior import Prior, build_network

    grid = LatLonGrid.regular(16, 32)
    stats = statistics(grid)
    network = NetworkConfig(width=8, multipliers=(1, 2), blocks=1, patch=1, embedding=16)
    contract = ReconstructContract(
        system="reconstruct",
        variable="thetao",
        units="degree_Celsius",
        latitude=tuple(grid.latitude.tolist()),
        longitude=tuple(grid.longitude.tolist()),
        depth=DEPTH,
        network=network,
        process=ProcessConfig(),
        masking=MaskingConfig(),
        sampling=SamplingConfig(steps=2, members=4),
        errors=ErrorConfig(),
        gate=Calibration(density=(0.02,), correction=((0.3,) * 3,), spread=((1.0,) * 3,)),
        data_digest="d" * 64,
        statistics_digest=stats.digest(),
        seed=seed,
        window=1,
    )
    rng = np.random.default_rng(seed)
    modes = rng.standard_normal((6, *stats.ocean.shape))
    states = np.einsum("nm,mchw->nchw", rng.standard_normal((48, 6)), modes) / np.sqrt(6)
    states = np.where(stats.ocean, states, 0).astype(np.float32)
    months = np.arange(48) % 12 + 1
    built = build_network(network, contract.masking, len(DEPTH), seed)
    prior = Prior(built, contract.process, grid, contract.masking)
    prior.network.eval().requires_grad_(False)
    ensemble = EnsembleOI.of(states, months, grid, 3000.0, serial=np.arange(48))
    return Reconstructor(
        contract,
        prior,
        ensemble,
        stats,
        {k: v.clone() for k, v in prior.network.state_dict().items()},
    )


def save_tiny(directory: Path, seed: int = 0) -> Path:
    """The folder that training would write."""
    tiny(seed).save(directory)
    training = {
        "seed": seed,
        "steps": 10,
        "data_digest": "d" * 64,
        "params": 1234,
        "metrics": {"loss": 0.5},
        "history": [{"step": 5, "loss": 0.7}, {"step": 10, "loss": 0.5}],
    }
    (directory / "training.json").write_text(json.dumps(training))
    return directory


def save_report(directory: Path, ours: float = 0.7, *, period: str = "2005-2009") -> Path:
    """The folder that evaluation would write; `ours` is our RMSE as a share of climatology's."""
    grid = LatLonGrid.regular(16, 32)
    rng = np.random.default_rng(1)
    months = [f"truth/2005-{m:02d}" for m in range(1, 13)]
    shares = {"climatology": 1.0, "oi": 0.9, "ensemble_oi": 0.72, "thermocline": ours}
    rows, cases = [], []
    context = {
        "grid": {"rows": 16, "columns": 32, "depth": list(DEPTH), "digest": "g"},
        "mask_digest": "m" * 64,
        "period": period,
        "valid_cells": int(statistics(grid).ocean.sum()),
    }
    for density in (0.005, 0.02, 0.075):
        difficulty = rng.uniform(0.8, 1.2, len(months))
        for method, share in shares.items():
            rmse = share * difficulty * (1 + 0.02 * rng.standard_normal(len(months)))
            identity = {
                "system": "reconstruct",
                "method": method,
                "protocol": "columns",
                "density": density,
                "variable": "thetao",
            }
            cases += [
                {**identity, "case": m, "rmse": float(r), "mse": float(r**2), "crps": float(r / 2)}
                for m, r in zip(months, rmse, strict=True)
            ]
            score = float(np.sqrt((rmse**2).mean()))
            rows.append(
                {
                    **identity,
                    "rmse": score,
                    "rmse_ci": [score * 0.9, score * 1.1],
                    "bias": 0.0,
                    "crps": score / 2,
                    "crps_ci": None,
                    "spread_skill": 1.0,
                    "mse_guidance": 0.1,
                    "mse_reconstruction": score**2,
                    "mse_total": score**2,
                    "evaluations": 8,
                    "seconds": 0.1,
                    "members": 8,
                    "cases": len(months),
                    **context,
                    "versus": {},
                    "notes": [],
                    "bootstrap": {"resamples": 200, "seed": 0, "block": 1},
                }
            )
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "scoreboard.json").write_text(json.dumps(rows))
    (directory / "cases.json").write_text(json.dumps(cases))
    (directory / "scoreboard.md").write_text("# Scoreboard\n")
    return directory
