"""The command line and files that borrow the bytes of others: refused, but where it is allowed.

The command line's own entry is called, in this process: starting anew for every form takes minutes.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

ROOT = Path(__file__).resolve().parents[1]
for room in ("predict", "sources"):
    sys.path.insert(0, str(ROOT / "tests" / room))
COMMANDS = ("reconstruct", "superresolve")
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from tiny_model import save_tiny
    from tiny_superres import save_tiny_superres

    folder = tmp_path_factory.mktemp("models")
    makers = zip(COMMANDS, (save_tiny, save_tiny_superres), strict=True)
    return {command: make(folder / command) for command, make in makers}


@pytest.fixture
def run(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Calls `thermocline COMMAND FILE -o OUT …`; returns its exit code and all that it said."""
    from thermocline.cli import main

    def call(command: str, path: Path, out: Path, *more: str) -> tuple[int, str]:
        arguments = [command, str(path), "--model", str(models[command]), "-o", str(out), *more]
        monkeypatch.setattr(sys, "argv", ["thermocline", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    return call


@pytest.mark.parametrize("command", COMMANDS)
def test_every_form_is_refused(run: Run, tmp_path: Path, command: str) -> None:
    from borrowing import FORMS, borrow, lender, untouched

    for number, form in enumerate(FORMS):
        (folder := tmp_path / str(number)).mkdir()
        other = lender(folder / "lender.nc")
        out = folder / "out.nc"
        code, said = run(command, borrow(form, folder, other), out)
        assert code == 2 and "Traceback" not in said, (form, said)
        assert "12345" not in said and "lender" not in said, (form, said)
        assert not out.exists() and untouched(other), form


def test_ones_own_virtual_file(run: Run, tmp_path: Path) -> None:
    """A map whose values lie in another file: refused, and told how; with the flag, read."""
    import h5py
    from tiny_superres import coarse_sst

    whole, mine = tmp_path / "whole.nc", tmp_path / "mine.nc"
    coarse_sst().to_netcdf(whole)
    mine.write_bytes(whole.read_bytes())
    with h5py.File(mine, "a") as file:
        shape, scales = file["sst"].shape, [file[name] for name in ("time", "lat", "lon")]
        del file["sst"]
        layout = h5py.VirtualLayout(shape, "f4")
        layout[:] = h5py.VirtualSource(whole, "/sst", shape)
        made = file.create_virtual_dataset("sst", layout)
        made.attrs["units"] = "degree_Celsius"
        for dimension, scale in zip(made.dims, scales, strict=True):
            dimension.attach_scale(scale)
    answers = []
    code, said = run("superresolve", mine, tmp_path / "none.nc")
    assert code == 2 and "virtual" in said and "--allow-external" in said
    for path, more in ((whole, ()), (mine, ("--allow-external",))):
        out = tmp_path / f"out-{path.name}"
        code, said = run("superresolve", path, out, "--members", "2", *more)
        assert code == 0, said
        answers.append(xr.load_dataset(out).analysed_sst)
    np.testing.assert_array_equal(*answers)
    assert run("superresolve", mine, tmp_path / "none.nc")[0] == 2  # the flag was for one call
