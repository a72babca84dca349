"""Running the stages of a checked-out tree: its own code, its own registry, no network."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from thermocline.errors import BadData, BadFile
from thermocline.files import atomic_directory, write_json
from thermocline.files.processes import signal_when_ends
from thermocline.pipeline.outside import PROJECT
from thermocline.registry.origin.record import Lineage
from thermocline.registry.rebuilding.worktree import clean_environment, folder_of
from thermocline.systems.paths import TUNING

Say = Callable[[str, str], None]
"""Told of progress: an event (stage, line, done or note) and a text."""

NOWHERE = "http://127.0.0.1:9"
"""A proxy at which nobody listens (the discard port)."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")


@dataclass(frozen=True)
class Stages:
    """The stages of `tree`, run for one system in the environment its lineage records.

    `root` is the project that the tree was checked out from, if systems may lie in or beside it.
    """

    tree: Path
    lineage: Lineage
    say: Say
    root: Path | None = None

    def run(self, stage: str, *arguments: str) -> None:
        """Run `pipelines/<stage>.py`; raises BadData with its last lines if it fails."""
        script = f"pipelines/{stage}.py"
        if not (self.tree / script).is_file():
            raise BadFile(
                f"the recorded commit has no {script}",
                where="rebuild",
                fix="use the Thermocline of that commit to rebuild it",
            )
        self.command(stage, [sys.executable, script, *arguments], self.environment())

    def command(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Run a command in the tree, passing its output on line by line."""
        self.say("stage", name)
        began, last = time.perf_counter(), deque[str](maxlen=12)
        # A group of its own, so that it can be ended with all that it started.
        process = subprocess.Popen(
            command,
            cwd=self.tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            # Who is killed cannot end a stage any more: Linux does.
            preexec_fn=partial(signal_when_ends, os.getpid(), signal.SIGKILL),
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if text := line.strip():
                    last.append(text)
                    self.say("line", text)
            status = process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status:
            raise BadData(
                f"{name} of the recorded commit failed (exit {status}):\n" + "\n".join(last),
                where="rebuild",
                fix="compare the environment with the recorded one: `thermocline lineage`",
            )
        self.say("done", f"{name}: {time.perf_counter() - began:.0f} s")

    def environment(self) -> dict[str, str]:
        """Variables for the stages: the tree's code, as many threads as recorded, no network."""
        folder = folder_of(self.tree)
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        variables = clean_environment() | {
            "PYTHONPATH": str(self.tree / "src"),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(temporary),
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GX_ANALYTICS_ENABLED": "false",
            "BENTOML_DO_NOT_TRACK": "True",
            "NO_PROXY": "",
            "no_proxy": "",
        }
        if self.root:
            variables[PROJECT] = str(self.root)
        for name in _PROXIES:
            variables |= {name: NOWHERE, name.upper(): NOWHERE}
        recorded = self.lineage.environment
        if recorded.threads:
            for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
                variables[name] = str(recorded.threads)
        if recorded.device.startswith("cpu"):
            variables["CUDA_VISIBLE_DEVICES"] = ""
        return variables


def write_params(tree: Path, lineage: Lineage) -> None:
    """Make the recorded, resolved parameters the tree's params.yaml.

    What a study found is in them: its result is written down with nothing left to override, so
    that nothing is searched anew. Paths are brought back into the tree, so that no stage writes
    anywhere else.

    Raises:
        BadData: if none were recorded, or the raw data lay outside the project.
    """
    if not lineage.params:
        raise BadData("no parameters were recorded", where="lineage.json", fix="train it again")
    data = dict(lineage.params.get("data", {}))
    raw = Path(str(data.get("raw", "data")))
    if raw.is_absolute() or ".." in raw.parts:
        raise BadData(
            f"the raw data lay outside the project ({raw})",
            where="lineage.json",
            fix="keep raw data in data/, tracked by DVC, to be able to rebuild",
        )
    prepared = Path(str(data.get("prepared", "build/prepared")))
    if prepared.is_absolute() or ".." in prepared.parts:
        data["prepared"] = "build/prepared"
    values = {**lineage.params, "data": data}
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    (tree / "params.yaml").write_text(text, encoding="utf-8")
    study = lineage.study.model_dump(mode="json") if lineage.study else {"name": "", "trial": 0}
    result = {"value": None, "default_value": None, "why": "", **study, "overrides": {}}
    tuning = tree / TUNING / f"{lineage.system}.json"
    write_json(tuning, result | {"study": result["name"]})


def refuse_unwritable(target: Path) -> None:
    """What is to be kept can be kept: found out now, and not after hours of training.

    Raises:
        BadData: if there is something of that name, or nothing can be written beside it.
    """
    if target.exists() or target.is_symlink():
        raise BadData("exists already", where=str(target), fix="name a new folder")
    there = next(folder for folder in target.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".thermocline-", dir=there):
            pass
    except OSError as problem:
        raise BadData(
            f"cannot be written to ({problem.strerror})",
            where=str(there),
            fix="name a folder elsewhere",
        ) from None


def keep_rebuilt(build: Path, system: str, target: Path) -> None:
    """Copy training, model and report of a rebuilt tree, as far as they were made."""
    with atomic_directory(target) as folder:
        for stage, name in (("training", "training"), ("models", "model"), ("reports", "report")):
            if (build / stage / system).is_dir():
                shutil.copytree(build / stage / system, folder / name)
