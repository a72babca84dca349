"""Whether a built Bento, in an environment of its own requirements, answers as this project does.

    python -m benchmarks.fresh_bento [BENTO]

BENTO is its folder, that of build/package/bento.json unless given; `make demo` builds it. A virtual
environment is made by uv from the Bento's env/python/requirements.txt, which takes seconds where
packages are cached and minutes where they are not, and 2 GB. There `bentoml serve BENTO` answers
the example of every endpoint of the models inside; so does the service of this project with the
same models, in this environment. Exit code 1 if any answer differs: NetCDF in one byte, JSON in
one field.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.served import models_in, served

from thermocline import predict
from thermocline.client import Client, _body

SEED = 11
NOT_PASSED = ("PYTHONPATH", "PYTHONSAFEPATH", "VIRTUAL_ENV", "PYTHONHOME")
"""By which packages of this environment would be found in the other."""


def main() -> None:
    """Print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bento", type=Path, nargs="?", help="a built Bento's folder")
    bento = parser.parse_args().bento or built()
    models = bento / "src" / "build" / "package" / "models"
    with tempfile.TemporaryDirectory(prefix="fresh-") as folder:
        python = fresh(Path(folder) / "venv", bento / "env" / "python" / "requirements.txt")
        # Elsewhere, so that nothing of the project is beside it.
        moved = shutil.copytree(bento, Path(folder) / "bento")
        empty = Path(folder) / "empty"
        empty.mkdir()
        nowhere = {"MLFLOW_TRACKING_URI": f"sqlite:///{empty}/none.db"}
        with served(nowhere, str(moved), empty, python, NOT_PASSED) as other:
            print(f"the Bento was ready after {other.seconds:.1f} s")
            theirs = answers(other.url, models)
    with served(models_in(models)) as own:
        ours = answers(own.url, models)
    print("\n| endpoint | form | bytes | the same |\n|---|---|---:|---|")
    for (route, form), content in ours.items():
        same = content == theirs[route, form]
        print(f"| /{route} | {form} | {len(content)} | {'yes' if same else 'NO'} |")
    sys.exit(ours != theirs)


def built() -> Path:
    """The Bento of the package stage."""
    written = json.loads(Path("build/package/bento.json").read_text())
    return Path(written["path"])


def fresh(venv: Path, requirements: Path) -> Path:
    """The Python of a new environment with these requirements, and nothing else."""
    uv = [sys.executable, "-m", "uv"]
    environment = os.environ | {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")}
    python = venv / "bin" / "python"
    began = time.perf_counter()
    for command in (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(venv)],
        [*uv, "pip", "install", "--quiet", "--python", str(python), "-r", str(requirements)],
    ):
        subprocess.run(command, check=True, env=environment)
    print(f"an environment of {requirements.name}: {time.perf_counter() - began:.0f} s", flush=True)
    return python


def answers(url: str, models: Path) -> dict[tuple[str, str], bytes]:
    """Content of the answers to every endpoint's example, by route and form."""
    found = {}
    for folder in sorted(models.iterdir()):
        model = predict.load_model(folder)
        for endpoint in predict.endpoints(model):
            asked: dict[str, Any] = endpoint.example(model.model) | {"seed": SEED}
            for form in ("json", "netcdf"):
                with _body(asked | {"format": form}) as body:
                    answer = Client(url).send("POST", f"/{endpoint.route}", **body)
                found[endpoint.route, form] = answer.content
    return found


if __name__ == "__main__":
    main()
