"""A scratch copy of the project with a tiny ocean, and the means to run and kill its pipeline."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from thermocline import systems

PYTHON = sys.executable
"""What runs commands: conftest.py sets it to the stand-in of the fork server."""
ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NEEDED = [
    *(".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "LICENSE", "bento"),
    *("dvc.yaml", "params.yaml", "pipelines", "pyproject.toml", "requirements.lock", "src"),
]
STAGE_OUTPUTS = ("build/prepared/reconstruct.nc", "build/training", "build/registry")
LONGEST = 1500
"""Seconds of a command, on a machine that has much else to do."""
LEARNING_RATE = "reconstruct.training.learning_rate"
"""A setting that tuning and all that follows depend on, and nothing before."""
STEPS = {"steps": 12, "batch": 4, "warmup": 2, "checkpoint_every": 6, "validate_every": 6}
# Every setting that makes the ocean and the networks tiny, by its dotted key of params.yaml.
TINY: dict[str, Any] = {
    "densify.data.regions": {"box": [29.9, -60.1]},
    "densify.data.size": 4.0,
    "densify.data.archive.weeks": 0,
    "densify.data.variants": [],
    "densify.baselines.linear": {
        "explained": 0.99, "ridge": [1e-2], "radius_km": [240], "inflation": [1.0]
    },
    "densify.baselines.ensemble": {
        "states": 40, "radius_km": [240], "inflation": [1.0], "thinning": 2
    },
    "densify.baselines.profiles": {"length_km": [40], "power": [2]},
    "densify.model.network": {"width": 8, "multipliers": [1, 2], "embedding": 16},
    "densify.training": {**STEPS, "crop": 16},
    "densify.sampling.members": 2,
    "densify.evaluate": {
        "members": 2, "bootstrap": 100, "cases": 4, "validation_cases": 2, "densities": [0, 0.05]
    },
    "densify.tune": {
        "trials": 2, "steps": 4, "startup": 2,
        "space": {"training.learning_rate": {"choice": [1e-3, 2e-3]}},
    },
    "reconstruct.data.grid": {"rows": 16, "columns": 32, "depth": [5, 50, 200, 700]},
    "data.train": {"members": ["r1", "r2", "r3"], "first": 1980, "last": 1984},
    "data.validation": {"members": ["r1", "r2", "r3"], "first": 1985, "last": 1986},
    "data.test": {"members": ["truth"], "first": 1985, "last": 1986},
    "reconstruct.model.network": {
        "width": 8, "multipliers": [1, 2], "blocks": 1, "patch": 2, "embedding": 16
    },
    "reconstruct.model.masking.layouts": 30,
    "reconstruct.model.masking.states": 2,
    "reconstruct.training.steps": 30,
    "reconstruct.training.warmup": 5,
    "reconstruct.training.checkpoint_every": 10,
    "reconstruct.training.validate_every": 10,
    "reconstruct.sampling.steps": 2,
    "reconstruct.sampling.members": 2,
    "reconstruct.tune": {
        "trials": 2, "steps": 9, "startup": 2,
        "space": {
            "model.process.schedule": {"choice": ["edm", "cosine"]},
            "model.masking.ratio": {"choice": [0.9, 0.95]},
            "model.network.width": {"choice": [8, 12]},
        },
    },
    "reconstruct.baselines.oi": {"length_km": [700, 1400], "error_factor": [1.0]},
    "reconstruct.baselines.ensemble_oi": {
        "radius_km": [3000],
        "season_months": [2],
        "inflation": [1.0],
        "share": [0.1],
    },
    "reconstruct.baselines.dineof": {"modes": [5, 20]},
    "superres.data.size": 5.0,
    "superres.data.boxes": {"here": [-44.0, 148.0]},
    "superres.data.withheld": [],
    "superres.model.network.width": 8,
    "superres.model.network.embedding": 16,
    "superres.training.steps": 30,
    "superres.training.batch": 4,
    "superres.training.crop": 3,
    "superres.training.warmup": 5,
    "superres.training.checkpoint_every": 10,
    "superres.training.validate_every": 10,
    "superres.sampling.members": 2,
    "superres.tune": {
        "trials": 2, "steps": 9, "startup": 2,
        "space": {
            "training.learning_rate": {"choice": [1e-3, 2e-3]},
            "sampling.steps": {"whole": [3, 4]},
        },
    },
    "superres.baselines.oi": {"kernels": [["exponential"]], "lags": [2], "reaches": [1]},
    "superres.baselines.regression": {"reaches": [1], "ridges": [0.01], "classes": [1, 2]},
    "superres.evaluate": {"members": 2, "bootstrap": 100},
    "reconstruct.evaluate": {
        "densities": [0.02, 0.075], "cells_density": 0.075, "months": 4, "validation_months": 2,
        "members": 2, "bootstrap": 100,
    },
    "seaice.baselines.ensemble": {
        "states": 60, "radius_km": [3000], "season_months": [1], "inflation": [1.0], "cases": 2
    },
    "seaice.data.errors": {"siconc": 0.02, "sithick": 0.05},
    "seaice.model.autoencoder": {"latent": 4, "width": 8, "multipliers": [1, 2]},
    "seaice.model.network": {"width": 8, "multipliers": [1, 2], "embedding": 16, "patch": 1},
    "seaice.model.analysis": {"width": 8, "multipliers": [1, 2], "pairs": 8},
    "seaice.training": {
        **STEPS, "batch": 4, "autoencoder": STEPS, "analysis": STEPS, "features": STEPS
    },
    "seaice.sampling": {"steps": 3},
    "seaice.evaluate": {
        "members": 4, "cases": 12, "validation_cases": 4, "states": 24, "bootstrap": 100
    },
    "seaice.tune": {
        "trials": 2, "steps": 4, "startup": 2,
        "space": {"model.autoencoder.beta": {"choice": [1e-3, 1e-2]}},
    },
}  # fmt: skip


def left_out(changes: dict[str, Any]) -> dict[str, Any]:
    """What sections that were replaced have to state: the defaults of the code."""
    found = {}
    for system in systems.names():
        section = systems.get(system).section()
        for name in section.stated:
            value: Any = section
            for part in name.split("."):
                value = getattr(value, part)
            dotted = f"{system}.{name}"
            for key in (key for key in changes if dotted.startswith(f"{key}.")):
                held = changes[key]
                for part in dotted.removeprefix(f"{key}.").split("."):
                    held = held.get(part) if isinstance(held, dict) else None
                if held is None:
                    found[dotted] = list(value) if isinstance(value, tuple) else value
    return found


@dataclass
class Ran:
    """A finished `dvc` command: exit status, its output, and how long it took."""

    status: int
    output: str
    seconds: float

    @property
    def stages(self) -> list[str]:
        """Names of the stages it ran, as DVC gives them: `train@reconstruct`."""
        return re.findall(r"Running stage '([\w@-]+)'", self.output)


@dataclass
class Project:
    """A scratch project, whose commands run in forks."""

    folder: Path

    @property
    def interpreter(self) -> str:
        """The `python` of its commands."""
        return str(PYTHON)

    @property
    def programs(self) -> list[str]:
        """Folders of `python`, and of the environment's other programs."""
        return list(dict.fromkeys(str(Path(p).parent) for p in (self.interpreter, sys.executable)))

    def environment(self, die: str = "") -> dict[str, str]:
        """This environment, with the scratch project's own sources and registry."""
        left_out = ("MLFLOW_", "BENTOML_", "DVC_", "THERMOCLINE_", "PYTEST_", "GIT_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        path = [str(HERE / "deadly")] if die else []
        temporary = self.folder.with_name(f"{self.folder.name}-tmp")
        temporary.mkdir(exist_ok=True)
        return kept | {
            "PATH": os.pathsep.join([*self.programs, os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join([*path, str(self.folder / "src")]),
            "THERMOCLINE_DIE": die,
            "WARM_BLANK_FIGURES": "1",  # nobody looks at them
            "THERMOCLINE_ALLOW_UNCOMMITTED": "1",
            "TMPDIR": str(temporary),
            "DVC_SITE_CACHE_DIR": str(temporary / "dvc"),
            "BENTOML_DO_NOT_TRACK": "True",
            "GX_ANALYTICS_ENABLED": "false",
            "DVC_NO_ANALYTICS": "1",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }

    def run(
        self,
        *command: str,
        die: str = "",
        check: bool = True,
        cwd: Path | None = None,
        **variables: str,
    ) -> Ran:
        """Run a command in the project, in a process group of its own."""
        began = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.environment(die) | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            start_new_session=True,
        )
        ran = Ran(done.returncode, done.stdout, time.perf_counter() - began)
        assert not check or ran.status == 0, ran.output[-6000:]
        return ran

    def dvc(self, *arguments: str, **options: Any) -> Ran:
        return self.run(self.interpreter, "-m", "dvc", *arguments, **options)

    def python(self, *arguments: str, **options: Any) -> Ran:
        return self.run(self.interpreter, *arguments, **options)

    def set(self, changes: dict[str, Any]) -> None:
        """Change dotted keys of params.yaml."""
        path = self.folder / "params.yaml"
        values = yaml.safe_load(path.read_text())
        for dotted, value in changes.items():
            *sections, key = dotted.split(".")
            section = values
            for name in sections:
                section = section[name]
            section[key] = json.loads(json.dumps(value))  # which shares nothing with another
        path.write_text(yaml.safe_dump(values, sort_keys=False))

    @property
    def systems(self) -> list[str]:
        """Those that dvc.yaml lists."""
        return list(self._pipeline["vars"][0]["systems"])

    def stages(self, system: str = "") -> list[str]:
        """Names of a system's stages in the order of dvc.yaml; without one, of all stages."""
        names = []
        for name, stage in self._pipeline["stages"].items():
            repeated = {"foreach", "matrix"} & set(stage)
            names += [f"{name}@{each}" for each in self.systems] if repeated else [name]
        return [name for name in names if not system or name.endswith(f"@{system}")]

    @property
    def _pipeline(self) -> dict[str, Any]:
        return dict(yaml.safe_load((self.folder / "dvc.yaml").read_text()))

    @property
    def lock(self) -> dict[str, Any]:
        """The stages of dvc.lock."""
        return dict(yaml.safe_load((self.folder / "dvc.lock").read_text())["stages"])

    def forget(self, *stages: str) -> None:
        """Take stages out of dvc.lock, and what DVC could restore their outputs from."""
        kept = {name: stage for name, stage in self.lock.items() if name not in stages}
        (self.folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": kept}))
        shutil.rmtree(self.folder / ".dvc/cache/runs")

    def remove(self, *names: str) -> None:
        for name in names:
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def copy(self, target: Path, *left_out: str) -> "Project":
        """Another like it; what its registry says of places is said of the copy's."""
        shutil.copytree(self.folder, target, ignore=shutil.ignore_patterns(*left_out))
        if (target / "mlflow.db").exists():
            _move_registry(target / "mlflow.db", str(self.folder), str(target))
        return Project(target)


def _move_registry(database: Path, old: str, new: str) -> None:
    """Replace a folder's name wherever a database of MLflow's holds it."""
    with closing(sqlite3.connect(database)) as connection, connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for column in connection.execute(f"SELECT name FROM pragma_table_info('{table}')"):
                connection.execute(
                    f'UPDATE "{table}" SET "{column[0]}" = replace("{column[0]}", ?, ?) '
                    f'WHERE typeof("{column[0]}") = \'text\' AND instr("{column[0]}", ?)',
                    (old, new, old),
                )


def make_project(folder: Path) -> Project:
    """The working tree's pipeline in `folder`, under git and DVC, with a tiny ocean as raw data."""
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copyfile(source, target)
    project = Project(folder)
    project.set(TINY | left_out(TINY))
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "tiny")):
        project.run("git", *arguments)
    project.python(str(HERE / "tiny_ocean.py"))
    return project
