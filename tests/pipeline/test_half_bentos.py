"""A build of a Bento that does not end well leaves nothing behind for ever."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = """if True:
    import os, signal, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    import bentoml, package
    from bentoml._internal.configuration.containers import BentoMLContainer

    def build(*arguments, **options):
        half = Path(BentoMLContainer.tmp_bento_store_dir.get()) / "half a Bento"
        half.mkdir()
        if sys.argv[2] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(28, "No space left on device")

    assert bentoml.bentos.build_bentofile  # loaded by now
    bentoml.bentos.build_bentofile = build
    try:
        package.build(Path.cwd(), "v1", {})
    except OSError as problem:
        assert problem.errno == 28
    else:
        raise AssertionError("it was built")
"""


def halves(home: Path) -> list[Path]:
    return list(home.rglob("half a Bento"))


@pytest.mark.parametrize("first", ["killed", "full"])
def test_half_a_bento_goes(tmp_path: Path, first: str) -> None:
    home = tmp_path / "bentoml"
    environment = os.environ | {"BENTOML_HOME": str(home)}
    for end in (first, "full"):
        command = [sys.executable, "-c", BUILD, str(ROOT / "pipelines"), end]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) is (end == "killed"), done.stderr
        assert bool(halves(home)) is (end == "killed")
