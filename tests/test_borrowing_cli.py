"""The command line and files that borrow the bytes of others: refused, but where it is allowed."""

import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from test_cli import ROOT, run

sys.path.insert(0, str(ROOT / "tests" / "sources"))
COMMANDS = ("reconstruct", "superresolve")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from tiny_model import save_tiny
    from tiny_superres import save_tiny_superres

    folder = tmp_path_factory.mktemp("models")
    makers = zip(COMMANDS, (save_tiny, save_tiny_superres), strict=True)
    return {command: make(folder / command) for command, make in makers}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_form_is_refused(
    models: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    from borrowing import FORMS, borrow, lender, untouched

    from thermocline.cli import main

    for number, form in enumerate(FORMS):
        (folder := tmp_path / str(number)).mkdir()
        other = lender(folder / "lender.nc")
        out, path = folder / "out.nc", borrow(form, folder, other)
        arguments = [command, str(path), "--model", str(models[command]), "-o", str(out)]
        monkeypatch.setattr(sys, "argv", ["thermocline", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = "".join(capsys.readouterr())
        assert ended.value.code == 2 and "Traceback" not in said, (form, said)
        assert "12345" not in said and "lender" not in said, (form, said)
        assert not out.exists() and untouched(other), form


def test_ones_own_virtual_file(models: dict[str, Path], tmp_path: Path) -> None:
    """A map whose values lie in another file: refused, and told how; with the flag, read."""
    import h5py
    from tiny_superres import coarse_sst

    coarse_sst().to_netcdf(tmp_path / "whole.nc")
    (tmp_path / "mine.nc").write_bytes((tmp_path / "whole.nc").read_bytes())
    with h5py.File(tmp_path / "mine.nc", "a") as file:
        shape, scales = file["sst"].shape, [file[name] for name in ("time", "lat", "lon")]
        del file["sst"]
        layout = h5py.VirtualLayout(shape, "f4")
        layout[:] = h5py.VirtualSource(tmp_path / "whole.nc", "/sst", shape)
        made = file.create_virtual_dataset("sst", layout)
        made.attrs["units"] = "degree_Celsius"
        for dimension, scale in zip(made.dims, scales, strict=True):
            dimension.attach_scale(scale)

    def finer(name: str, *more: str) -> tuple[int, str]:
        out, model = str(tmp_path / f"out-{name}"), str(models["superresolve"])
        arguments = (str(tmp_path / name), "--model", model, "-o", out, "--members", "2", *more)
        done = run("superresolve", *arguments)
        return done.returncode, done.stderr

    code, said = finer("mine.nc")
    assert code == 2 and "virtual" in said and "--allow-external" in said
    for name, more in (("whole.nc", ()), ("mine.nc", ("--allow-external",))):
        code, said = finer(name, *more)
        assert code == 0, said
    with (
        xr.open_dataset(tmp_path / "out-whole.nc") as whole,
        xr.open_dataset(tmp_path / "out-mine.nc") as mine,
    ):
        np.testing.assert_array_equal(mine.analysed_sst, whole.analysed_sst)
