"""The command line: quick, plain about errors, and able to reconstruct."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
import xarray as xr

from thermocline import cli
from thermocline.cli import app
from thermocline.errors import in_words
from thermocline.sources.account import Account

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "predict"))


def run(
    *arguments: str, cwd: Path = ROOT, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "thermocline.cli", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120
    )


def test_help_is_quick() -> None:
    """Under a second of a processor, at best of three: others may be waiting for it, too."""
    seconds = []
    for _ in range(3):
        began = os.times()
        answer = run("--help")
        ended = os.times()
        seconds.append(
            ended.children_user
            + ended.children_system
            - began.children_user
            - began.children_system
        )
        assert answer.returncode == 0
        for command in ("reconstruct", "superresolve", "models", "check-config", "scoreboard"):
            assert command in answer.stdout
    assert min(seconds) <= 1.0, seconds


def test_a_full_disk_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So is a folder that may not be written to; what nobody can mend is raised."""

    def failing(number: int) -> None:
        raise OSError(number, os.strerror(number), "answer.nc")

    refused = {errno.ENOSPC: "no space left", errno.EACCES: "permission denied"}
    refused |= {errno.ENOTDIR: "not a directory", errno.EEXIST: "file exists"}
    refused |= {errno.EISDIR: "is a directory", errno.ENAMETOOLONG: "file name too long"}
    for number, words in refused.items():
        monkeypatch.setattr(cli, "app", partial(failing, number))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert said.startswith(f"thermocline: answer.nc: {words}") and said.count("\n") == 1
    monkeypatch.setattr(cli, "app", partial(failing, errno.EIO))
    with pytest.raises(OSError, match="answer"):
        cli.main()


def test_a_damaged_database_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database at all" * 100)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setattr(sys, "argv", ["thermocline", "models", "list"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 2 and said.startswith("thermocline: database: ")
    assert "restore it from a copy" in said


def test_a_database_that_may_not_be_written_to_is_said_in_a_line(
    tmp_path: Path,
    empty_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without the statement, and without the traceback that MLflow prints."""
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    address = f"sqlite:///file:{tmp_path}/mlflow.db?mode=ro&uri=true"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")

    def write() -> None:
        from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

        from thermocline.registry.store.connection import connect

        connect()
        SqlAlchemyStore(address).create_registered_model("M")

    monkeypatch.setattr(cli, "app", write)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    (said,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2 and "attempt to write a readonly database → ask its owner" in said
    assert "SQL:" not in said


def test_a_bare_alias_can_be_said_of_which_system_it_is() -> None:
    """There are several systems: wherever `champion` is understood, so is --system."""
    asked = []
    for command, parameters in commands(typer.main.get_command(app)):
        if any("models:/NAME" in (getattr(p, "help", None) or "") for p in parameters):
            asked.append(command)
            assert "system" in {p.name for p in parameters}, command
    assert {"rebuild", "models export", "models compare", "verify"} <= set(asked)


def commands(group: Any, before: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every command below a group by its words, and its parameters."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} ")
        else:
            yield before + name, command.params


HEAVY = {
    *("bentoml", "dask", "dvc", "great_expectations", "lightning", "matplotlib", "mlflow"),
    *("netCDF4", "optuna", "pandas", "scipy", "torch", "xarray"),
}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["reconstruct", "--help"], ["superresolve", "--help"], ["--version"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """That is what keeps it quick on a slower machine, too."""
    script = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('loaded', *sorted({HEAVY!r} & set(sys.modules))))\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "from thermocline.cli import main\n"
        "main()\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.returncode == 0 and len(found.stdout.splitlines()) > 1
    assert found.stdout.splitlines()[-1] == "loaded"


def test_superresolve(tmp_path: Path, warm_python: str) -> None:
    ask = partial(run, python=warm_python)
    from tiny_superres import coarse_sst, save_tiny_superres

    model = save_tiny_superres(tmp_path / "model")
    coarse_sst(days=2).to_netcdf(tmp_path / "sst.nc")
    out = tmp_path / "out.nc"
    arguments = ("superresolve", str(tmp_path / "sst.nc"), "--model", str(model), "-o", str(out))
    done = ask(*arguments, "--date", "2008-03-15", "--members", "2")
    assert done.returncode == 0, done.stderr
    assert "40 × 60 cells of 0.05°" in done.stdout and "unregistered" in done.stdout
    with xr.open_dataset(out) as dataset:
        assert dataset["analysed_sst"].shape == (1, 40, 60)
    which = ask(*arguments)
    assert which.returncode == 2 and "2 maps" in which.stderr and "Traceback" not in which.stderr
    wrong = ask("reconstruct", str(tmp_path / "sst.nc"), "--model", str(model))
    assert wrong.returncode == 2 and "system 'superres'" in wrong.stderr


def test_version_and_config(tmp_path: Path) -> None:
    from thermocline import __version__

    assert run("--version").stdout.strip() == __version__
    assert run("check-config").returncode == 0
    (tmp_path / "params.yaml").write_text(
        (ROOT / "params.yaml").read_text().replace("warmup:", "warmpu:")
    )
    bad = run("check-config", str(tmp_path / "params.yaml"))
    assert bad.returncode == 2 and "warmpu" in bad.stderr and "warmup" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_reconstruct(tmp_path: Path, warm_python: str) -> None:
    ask = partial(run, python=warm_python)
    from tiny_model import save_tiny

    model = save_tiny(tmp_path / "model")
    table = tmp_path / "casts.csv"
    table.write_text("latitude,longitude,depth,temperature\n0,-30,5,26\n0,-30,100,18\n")
    out = tmp_path / "out.nc"
    arguments = ("reconstruct", str(table), "--model", str(model), "--output", str(out))
    done = ask(*arguments, "--date", "2008-03", "--members", "2")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 observations used" in done.stdout and "unregistered" in done.stdout
    with xr.open_dataset(out) as dataset:
        assert dataset.sizes["depth"] == 3
    undated = ask(*arguments)
    assert undated.returncode == 2 and "date" in undated.stderr
    assert len(undated.stderr.strip().splitlines()) == 1 and "Traceback" not in undated.stderr
    table.write_text(
        "latitude,longitude,depth,temperature,temperature_qc\n"
        "0,-30,5,26,1\n0,-30,100,18,1\n0,-30,500,25,4\n0,-30,2000,4,1\n"
    )
    flagged = ask(*arguments, "--date", "2008-03", "--members", "2")
    assert flagged.returncode == 0, flagged.stderr
    assert "2 of 4 observations used" in flagged.stdout
    assert "  1 temperature not flagged good\n" in flagged.stdout
    assert "  1 deeper than the model's levels\n" in flagged.stdout
    assert "the flags of temperature_qc are applied" in flagged.stdout
    with xr.open_dataset(out) as dataset:
        account = Account.from_json(dataset.attrs["account"])
        warned = dataset.attrs.get("warnings", "").splitlines()
    assert (account.held, account.used) == (4, 2) and len(account.dropped) == 2
    assert warned  # of a year that the tiny model was not trained on
    for line in warned:
        assert f"warning: {line}" in flagged.stdout


@pytest.mark.parametrize("model", ["nowhere", "models:/thermocline-reconstruct@champion"])
def test_no_model(tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/empty.db")
    (tmp_path / "x.csv").write_text("latitude,longitude,depth,temperature\n0,-30,5,26\n")
    answer = run("reconstruct", "x.csv", "--date", "2008-03", "--model", model, cwd=tmp_path)
    assert answer.returncode == 2 and "Traceback" not in answer.stderr
    assert "model" in answer.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "said, fix",
    [
        ("failed with error code 403 != 200. Response body: 'Permission denied'", "admin"),
        ("error code 401 != 200. Response body: 'You are not authenticated.'", "USERNAME"),
        ("HTTPConnectionPool(host='h', port=5): Max retries exceeded with url", "TRACKING_URI"),
    ],
)
def test_what_to_do_when_a_tracking_server_refuses(said: str, fix: str) -> None:
    from mlflow.exceptions import MlflowException

    assert fix in in_words(MlflowException(said)).fix
