"""Spoiled raw files: the stage ends at once, in one line, and leaves nothing behind."""

import netCDF4
import pytest

pytestmark = pytest.mark.flow
SYSTEMS = {"ostia": "superres"}


def cut_in_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def kelvin(path):
    with netCDF4.Dataset(path, "a") as file:
        file["thetao"].set_auto_maskandscale(False)
        file["thetao"].add_offset = file["thetao"].add_offset + 273.15


def missing_month(path):
    with netCDF4.Dataset(path, "a") as file:
        file["thetao"].set_auto_maskandscale(False)
        file["thetao"][17] = file["thetao"]._FillValue


def off_the_globe(path):
    with netCDF4.Dataset(path, "a") as file:
        file["lat"][:] = file["lat"][:] * 1.5


@pytest.mark.parametrize(
    "pattern, spoil, words",
    [
        ("cmip6/*_r2i*", cut_in_half, ("truncated", "download it again")),
        ("en4/*02.nc", cut_in_half, ("truncated", "download it again")),
        ("cmip6/*_r2i*", kelvin, ("thetao", "kelvin", "units")),
        ("ostia/*truth*", cut_in_half, ("truncated", "download it again")),
        ("nature/*", missing_month, ("thetao", "month 6", "1981-06")),
        ("cmip6/*_r2i*", off_the_globe, ("lat", "contradicts its bounds", "-90")),
    ],
)
def test_one_clear_line(raw, tmp_path, pattern, spoil, words):
    project = raw.copy(tmp_path / "spoiled")
    (path,) = project.folder.glob(f"data/{pattern}")
    spoil(path)
    system = SYSTEMS.get(pattern.partition("/")[0], "reconstruct")
    if spoil is kelvin:  # one of them through DVC, which says no more than the stage does
        ran = project.dvc("repro", f"validate-raw@{system}", check=False)
        assert ran.stages == [f"validate-raw@{system}"]
    else:
        ran = project.python("pipelines/validate_raw.py", system, check=False)
    assert ran.status != 0
    assert "Traceback" not in ran.output
    (line,) = [line for line in ran.output.splitlines() if line.startswith("error: ")]
    assert path.name in line and all(word in line for word in words), line
    files = [p for p in (project.folder / "build").rglob("*") if p.suffix in (".nc", ".json")]
    assert [p for p in files if p.parent.name in ("prepared", "validation")] == []
    assert not (project.folder / "dvc.lock").exists()
