"""The demo of a checkout made short: its every stage, with less to compute.

Coarser grids, fewer states, less training, searching and scoring; two systems: all four go through
the tests' tiny project.
"""

from pathlib import Path

import yaml

SHORT = {
    "reconstruct.data.grid.rows": 32,
    "reconstruct.data.grid.columns": 64,
    "reconstruct.data.observe.window": 0,
    "reconstruct.baselines.oi": {"length_km": [350, 700], "error_factor": [1.0]},
    "reconstruct.baselines.dineof.modes": [20, 40],
    "reconstruct.baselines.ensemble_oi.radius_km": [3000],
    "reconstruct.baselines.ensemble_oi.season_months": [2],
    "reconstruct.baselines.ensemble_oi.inflation": [1.0],
    "reconstruct.baselines.ensemble_oi.share": [0.05, 0.1],
    "reconstruct.baselines.ensemble_oi.mean_state": [1.0],
    "reconstruct.model.masking.layouts": 4,
    "reconstruct.training.steps": 30,
    "reconstruct.training.warmup": 10,
    "reconstruct.training.checkpoint_every": 15,
    "reconstruct.training.validate_every": 30,
    "reconstruct.tune.trials": 1,
    "reconstruct.tune.steps": 9,
    "reconstruct.evaluate.densities": [0.005, 0.02],
    "reconstruct.evaluate.cells_density": 0.02,
    "reconstruct.evaluate.months": 6,
    "reconstruct.evaluate.validation_months": 2,
    "reconstruct.evaluate.members": 4,
    "superres.baselines.oi": {
        "kernels": [["exponential"]],
        "lags": [2],
        "reaches": [1],
        "freedoms": [None, 32.0],
    },
    "superres.baselines.regression": {"reaches": [2], "ridges": [1e-3, 1e-2], "classes": [1, 4]},
    "superres.training.steps": 80,
    "superres.training.checkpoint_every": 40,
    "superres.training.validate_every": 40,
    "superres.tune.trials": 1,
    "superres.tune.steps": 9,
    "superres.evaluate.members": 4,
}
PIPELINE = "systems: [densify, reconstruct, seaice, superres]"
SYSTEMS = "systems: [reconstruct, superres]"


def main() -> None:
    pipeline = Path("dvc.yaml")
    assert PIPELINE in pipeline.read_text(), "the list of systems is another one"
    pipeline.write_text(pipeline.read_text().replace(PIPELINE, SYSTEMS))
    path = Path("params.yaml")
    values = yaml.safe_load(path.read_text())
    for dotted, value in SHORT.items():
        *sections, key = dotted.split(".")
        section = values
        for name in sections:
            section = section[name]
        assert section[key] != value, f"{dotted}: the demo has that already"
        section[key] = value
    path.write_text(yaml.safe_dump(values, sort_keys=False))


if __name__ == "__main__":
    main()
