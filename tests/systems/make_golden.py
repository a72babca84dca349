"""Make the golden model of the current contract version: `python tests/systems/make_golden.py`.

Run it once, when a version is new; earlier ones stay as the code of their day wrote them.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch

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
from thermocline.systems.calibration import Calibration
from thermocline.systems.reconstruct.endpoints.analysis import analyse
from thermocline.systems.reconstruct.endpoints.tables import observations_from_table
from thermocline.systems.reconstruct.model.contract import ReconstructContract
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.migrations import CURRENT
from thermocline.systems.reconstruct.model.prior import Prior, build_network

OBSERVATIONS = {
    "latitude": [0.0, 30.0],
    "longitude": [-150.0, 170.0],
    "depth": [5.0, 200.0],
    "temperature": [21.0, 18.0],
}


def model() -> Reconstructor:
    """8 × 16 cells, 2 levels, a network of random weights, 24 states of white noise."""
    grid, rng = LatLonGrid.regular(8, 16), np.random.default_rng(0)
    ocean = np.ones((2, 8, 16), bool)
    ocean[:, 2:4, 3:5] = ocean[:, :1] = False
    warm = 15 + 5 * np.cos(np.radians(grid.latitude))[None, :, None] * np.ones(ocean.shape)
    climatology = np.where(ocean, warm, 0)[None].repeat(12, 0).astype(np.float32)
    statistics = Statistics(climatology, np.where(ocean, 0.8, 1).astype(np.float32), ocean)
    contract = ReconstructContract(
        system="reconstruct",
        variable="thetao",
        units="degree_Celsius",
        latitude=tuple(grid.latitude.tolist()),
        longitude=tuple(grid.longitude.tolist()),
        depth=(5.0, 200.0),
        network=NetworkConfig(width=8, multipliers=(1,), blocks=1, patch=1, embedding=8),
        process=ProcessConfig(),
        masking=MaskingConfig(ratio=0.9, pattern="mixed", analysis=True, layouts=10),
        sampling=SamplingConfig(steps=2, members=4, guidance="none"),
        errors=ErrorConfig(),
        gate=Calibration(density=(0.02,), correction=((0.3, 0.3),), spread=((1.0, 1.0),)),
        data_digest="d" * 64,
        statistics_digest=statistics.digest(),
        seed=0,
    )
    network = build_network(contract.network, contract.masking, 2, seed=0)
    generator = torch.Generator().manual_seed(5)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05, generator=generator)
    network.eval().requires_grad_(False)
    states = np.where(ocean, rng.standard_normal((24, 2, 8, 16)), 0).astype(np.float32)
    return Reconstructor(
        contract,
        Prior(network, contract.process, grid, contract.masking),
        EnsembleOI.of(states, np.arange(24) % 12 + 1, grid, 3000.0),
        statistics,
        {name: value.clone() for name, value in network.state_dict().items()},
    )


def main() -> None:
    folder = Path(__file__).with_name("golden") / f"contract_v{CURRENT}"
    made = model()
    made.save(folder)
    table = pd.DataFrame(OBSERVATIONS)
    answer = analyse(made, observations_from_table(table), "2008-03", 4, 7)
    expected = {
        "observations": table.to_dict("records"),
        "date": "2008-03",
        "members": 4,
        "seed": 7,
        "mean": np.round(answer.mean[:, ::3, ::5].astype(float), 5).tolist(),
        "std": np.round(answer.std[:, ::3, ::5].astype(float), 5).tolist(),
    }
    text = json.dumps(expected).replace("NaN", "null")
    (folder / "answer.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
