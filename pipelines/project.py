"""What `mlflow run` starts: the entry points of MLproject, where nothing may be built yet.

Each fetches the raw data if they are not there, lets DVC bring up to date what it needs, and runs
the sources of its own checkout, whichever copy of Thermocline the environment has installed.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
DVC = (sys.executable, "-m", "dvc")
THERMOCLINE = (sys.executable, "-m", "thermocline.cli")
DEFAULTS = {
    "BENTOML_HOME": str(ROOT / "build" / "bentoml"),
    "BENTOML_DO_NOT_TRACK": "True",
    "GX_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "OPENBLAS_THREAD_TIMEOUT": "4",
}


def environment() -> dict[str, str]:
    """This one, with the programs beside this Python and the sources of this checkout first."""
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    sources = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    first = {
        "PATH": os.pathsep.join(filter(None, path)),
        "PYTHONPATH": os.pathsep.join(filter(None, sources)),
    }
    return DEFAULTS | dict(os.environ) | first


def call(*command: str) -> None:
    """Run a command in the checkout; its failure is ours."""
    done = subprocess.run(command, cwd=ROOT, env=environment())
    if done.returncode:
        sys.exit(done.returncode)


def become(*command: str) -> NoReturn:
    """Run a command in place of this process, so that signals reach it."""
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execve(command[0], command, environment())


def pull() -> None:
    """Fetch the raw data, unless they were put there without DVC."""
    if (ROOT / "data.dvc").is_file():
        call(*DVC, "pull", "--quiet", "data.dvc")


def reproduce(asked: argparse.Namespace) -> None:
    """The whole pipeline; one failing system does not stop the others, and the summary names it."""
    pull()
    if subprocess.run([*DVC, "repro", "--keep-going"], cwd=ROOT, env=environment()).returncode:
        subprocess.run([*THERMOCLINE, "summary"], cwd=ROOT, env=environment())
        sys.exit(1)


def train(asked: argparse.Namespace) -> None:
    pull()
    call(*DVC, "repro", f"train@{asked.system}")


def evaluate(asked: argparse.Namespace) -> None:
    pull()
    call(*DVC, "repro", f"evaluate@{asked.system}")
    call(*THERMOCLINE, "scoreboard", asked.system)


def sweep(asked: argparse.Namespace) -> None:
    """A study needs the prepared data and the tuned baselines that analyses start from.

    Without a number of steps it is the pipeline's own, which is gone on with.
    """
    pull()
    call(*DVC, "repro", f"baselines@{asked.system}")
    numbers = {"--trials": asked.trials, "--steps": asked.steps, "--workers": asked.workers}
    words = [word for name, value in numbers.items() if value for word in (name, str(value))]
    storage = ["--storage", asked.storage] if asked.storage else []
    call(*THERMOCLINE, "sweep", asked.system, *words, *storage)


def promote(asked: argparse.Namespace) -> None:
    """The candidate is this checkout's model; any other version is in the registry already."""
    if asked.version == "candidate":
        pull()
        call(*DVC, "repro", f"register@{asked.system}")
    call(*THERMOCLINE, "models", "promote", asked.version, "--system", asked.system)


def serve(asked: argparse.Namespace) -> None:
    """The registry's champions; where there is none, this checkout's models are made first."""
    if not os.environ.get("THERMOCLINE_MODEL") and not _has_champion():
        pull()
        call(*DVC, "repro", "register")
    where = ("--host", asked.host, "--port", str(asked.port))
    become(sys.executable, "-m", "bentoml", "serve", "bento.service:Thermocline", *where)


def _has_champion() -> bool:
    """Whether the registry knows a champion of any system."""
    sys.path.insert(0, str(ROOT / "src"))
    from thermocline.predict.identity import registered_name
    from thermocline.predict.tracking import has_registry, tracking_client
    from thermocline.systems import names

    if not has_registry():
        return False
    import mlflow

    client = tracking_client()
    for system in names():
        with suppress(mlflow.MlflowException):
            if client.get_model_version_by_alias(registered_name(system), "champion"):
                return True
    return False


def whole(text: str) -> int:
    """A number as MLflow passes it on, which may be 8 or 8.0."""
    number = float(text)
    if not number.is_integer() or number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(number)


def parser() -> argparse.ArgumentParser:
    """The entry points and their parameters, as MLproject names them."""
    asked = argparse.ArgumentParser(description="The entry points of MLproject.")
    points = asked.add_subparsers(required=True)
    options: dict[str, tuple[Callable[[str], object], object]] = {
        "system": (str, None),
        "trials": (whole, 8),
        "steps": (whole, 0),
        "workers": (whole, 1),
        "storage": (str, ""),
        "version": (str, "candidate"),
        "host": (str, "127.0.0.1"),
        "port": (whole, 3000),
    }
    entries: dict[Callable[[argparse.Namespace], None], tuple[str, ...]] = {
        reproduce: (),
        train: ("system",),
        evaluate: ("system",),
        sweep: ("system", "trials", "steps", "workers", "storage"),
        promote: ("system", "version"),
        serve: ("host", "port"),
    }
    for entry, names in entries.items():
        point = points.add_parser(entry.__name__)
        point.set_defaults(run=entry)
        for name in names:
            kind, default = options[name]
            point.add_argument(f"--{name}", type=kind, default=default, required=default is None)
    return asked


def main(arguments: list[str]) -> None:
    asked = parser().parse_args(arguments)
    place = os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    if place.startswith("sqlite:///"):
        place = f"sqlite:///{(ROOT / place.removeprefix('sqlite:///')).resolve()}"
        print(f"Runs and models are kept in {place}", flush=True)
    asked.run(asked)


if __name__ == "__main__":
    main(sys.argv[1:])
