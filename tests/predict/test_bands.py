"""Large super-resolutions in bands: the whole to the bit, gone on with, in little memory."""

import os
import signal
import subprocess
import tracemalloc
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from threadpoolctl import threadpool_limits
from tiny_superres import coarse_sst, save_tiny_superres, tiny_superres

from thermocline import predict
from thermocline.answers.parts import Parts
from thermocline.errors import BadData, BadFile
from thermocline.observe.tiles import Tiling
from thermocline.ocean.problem import Analysis
from thermocline.predict.unfinished import held, unfinished_folder
from thermocline.systems import get
from thermocline.systems.endpoint import Options
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.config.answers import SuperresSampling
from thermocline.systems.superres.endpoints import dataset as surface
from thermocline.systems.superres.endpoints import tiled
from thermocline.systems.superres.endpoints.coarse import read_coarse
from thermocline.systems.superres.endpoints.fine import fine_problem
from thermocline.systems.superres.endpoints.part_noise import PartNoise
from thermocline.systems.superres.endpoints.tiled import band_tops, bands, finer
from thermocline.systems.superres.endpoints.unusual import freezing_point
from thermocline.systems.superres.model.method import Superresolver

ENDPOINT = get("superres").endpoints[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> predict.ServedModel:
    return predict.load_model(save_tiny_superres(tmp_path_factory.mktemp("model") / "superres"))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose answer is made in two bands of a tile each, with land in one block."""
    coarse = coarse_sst(rows=66, columns=12)
    coarse.sst[0, 60, 5] = np.nan
    path = tmp_path_factory.mktemp("given") / "sst.nc"
    coarse.to_netcdf(path)
    return path


def write(served: predict.ServedModel, given: Path, path: Path, **asked: Any) -> Path:
    options = Options(**asked.pop("options", {}))
    values = {"file": given, "members": 2, "keep_members": True} | asked
    request = predict.question(ENDPOINT, **values)
    return predict.write_answer(served, ENDPOINT, request, path, options)[0]


def left(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.unfinished-*"))


def test_bands_are_the_whole_to_the_bit() -> None:
    """Against sums over the whole field, and the members' spread taken at once."""
    model, members, seed = tiny_superres(), 3, 7
    coarse = coarse_sst(rows=40, columns=72, step=5.0, south=-30, west=-180)  # round the globe
    coarse["lat"] = coarse.lat.values / 20 - 40
    coarse.sst[:] = coarse.sst - 14
    problem = fine_problem(read_coarse(coarse), 5)
    assert problem.grid.periodic and 0.3 < problem.ocean.mean() < 1
    tiling, shape = Tiling(problem, 24, 8), problem.ocean.shape
    mean, u = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    whole = np.zeros((members, *shape), np.float32)
    for number, tile in enumerate(tiling.cut(problem)):
        if tile.observed.any() and tile.ocean.any():
            given = model.conditioning(tile)
            noise = partial(PartNoise, blocks=tiling.blocks[number])
            answer = model.analyse(tile, members, seed, given=given, noise=noise)
            cells, (v, w) = tiling.cells[number], tiling.weights[number]
            mean[cells] += v[:, None] * w * answer.mean[0]
            u[cells] += v[:, None] * w * (given.unit / model.contract.scales.unit - 1)
            whole[:, *cells] += v[:, None] * w * answer.members[:, 0]
    coldest = np.float32(freezing_point())
    whole = np.maximum(whole, coldest)
    expected = {"mean": np.maximum(mean, coldest), "std": whole.std(axis=0, ddof=1), "u": u}
    made = finer(model, problem, members, seed, keep=True, size=24)
    assert (whole[:, problem.ocean] == coldest).any(), "the case must be one with ice"
    for name, field in {**expected, "members": whole}.items():
        sea = np.where(problem.ocean, field, np.nan)
        np.testing.assert_array_equal(getattr(made, name), sea, err_msg=name)


def test_tiles_at_once_are_those_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on one thread: the same bits as one after another on one thread."""
    problem = fine_problem(read_coarse(coarse_sst(rows=40, columns=72)), 5)
    model = tiny_superres()
    made = []
    for at_once in (1, 2, 4):
        monkeypatch.setattr(tiled, "_at_once", lambda model, count=at_once: count)
        with threadpool_limits(1):
            made.append(finer(model, problem, 3, 7, keep=True, size=24))
    for other in made[1:]:
        for name in ("mean", "std", "u", "members"):
            np.testing.assert_array_equal(getattr(made[0], name), getattr(other, name))
        assert other.evaluations == made[0].evaluations


def test_an_answer_from_files_is_the_one_from_memory(
    served: predict.ServedModel, given: Path, tmp_path: Path
) -> None:
    request = predict.question(ENDPOINT, file=given, members=2, keep_members=True)
    memory = predict.answer(served, ENDPOINT, request)
    told = predict.describe(ENDPOINT, memory)
    shown: list[list[Path]] = []
    options = Options(progress=lambda *_: shown.append(left(tmp_path)))
    path, said = predict.write_answer(served, ENDPOINT, request, tmp_path / "a.nc", options)
    assert said == told and shown[-1] and not left(tmp_path)
    plain = predict.write_netcdf(memory, tmp_path / "memory.nc")
    with xr.open_dataset(path) as files, xr.open_dataset(plain) as whole:
        xr.testing.assert_identical(files.load(), whole.load())
    again = write(served, given, tmp_path / "b.nc")
    assert again.read_bytes() == path.read_bytes()


def test_killed_and_asked_again_it_goes_on(
    served: predict.ServedModel,
    given: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warm_python: str,
) -> None:
    """A SIGKILL after the first band; then the second alone is made, and all bytes are equal."""
    script = f"""
import os, pathlib, signal
from thermocline import predict
from thermocline.systems import get
from thermocline.systems.endpoint import Options
def kill(done, of):
    if list(pathlib.Path({str(tmp_path)!r}).glob("*.unfinished-*/0000.*")):
        os.kill(os.getpid(), signal.SIGKILL)
served, endpoint = predict.load_model({str(served.folder)!r}), get("superres").endpoints[0]
request = predict.question(endpoint, file={str(given)!r}, members=2, keep_members=True)
options = Options(progress=kill)
predict.write_answer(served, endpoint, request, {str(tmp_path / "a.nc")!r}, options)
"""
    killed = subprocess.run([warm_python, "-c", script], env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    (folder,) = left(tmp_path)
    assert [file.name for file in folder.glob("0*")] == ["0000.safetensors"]
    assert not (tmp_path / "a.nc").exists()
    (folder / ".0001.pid999999999-x.safetensors").write_bytes(b"half a band")
    asked = []
    analyse = Superresolver.analyse
    counted = lambda *a, **k: asked.append(a) or analyse(*a, **k)
    monkeypatch.setattr(Superresolver, "analyse", counted)
    path = write(served, given, tmp_path / "a.nc")
    assert len(asked) == 1 and not left(tmp_path)
    (tmp_path / "other").mkdir()
    whole = write(served, given, tmp_path / "other" / "a.nc")
    assert len(asked) == 3 and path.read_bytes() == whole.read_bytes()


class Interrupted(Exception):
    """Somebody pressed a key."""


def interrupted(served: predict.ServedModel, given: Path, path: Path, **asked: Any) -> Path:
    """The folder that is left after the first band."""

    def stop(done: int, of: int) -> None:
        if any(folder.glob("0000.*") for folder in left(path.parent)) and done > of / 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        write(served, given, path, options={"progress": stop}, **asked)
    return left(path.parent)[-1]


def test_another_question_does_not_look_into_it(
    served: predict.ServedModel, given: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = interrupted(served, given, tmp_path / "a.nc")
    assert str(folder) in caplog.text and "go on" in caplog.text
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for other in ({"seed": 1}, {"members": 3}, {"error": 0.1}):
        write(served, given, tmp_path / "a.nc", **other)
        assert left(tmp_path) == [folder]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    with xr.open_dataset(given) as coarse:
        warmer = (coarse.load() + 1).assign_coords(coarse.coords)
    warmer.sst.attrs["units"] = "degree_Celsius"
    warmer.to_netcdf(tmp_path / "sst.nc")
    write(served, tmp_path / "sst.nc", tmp_path / "a.nc")
    assert left(tmp_path) == [folder], "the same name, other bytes"


def test_bands_say_of_which_values_they_are(
    served: predict.ServedModel, given: Path, tmp_path: Path
) -> None:
    """Even in the very same folder, which the digest in its name forbids."""
    ask = partial(surface.superresolve, served.model, given, members=2)
    first = ask(unfinished=tmp_path)
    other = ask(seed=1, unfinished=tmp_path)
    np.testing.assert_array_equal(other.analysed_sst.values, ask(seed=1).analysed_sst.values)
    with pytest.raises(BadFile, match="gone"):
        first.analysed_sst.load()


@pytest.mark.parametrize("harm", ["turn a bit", "cut", "empty"])
def test_a_damaged_band_is_made_again(
    served: predict.ServedModel, given: Path, tmp_path: Path, harm: str
) -> None:
    whole = write(served, given, tmp_path / "whole.nc").read_bytes()
    file = interrupted(served, given, tmp_path / "a.nc") / "0000.safetensors"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(
        {"turn a bit": content, "cut": content[: len(content) // 2], "empty": b""}[harm]
    )
    assert write(served, given, tmp_path / "a.nc").read_bytes() == whole


def test_parts_are_whole_or_absent(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "key")
    parts.save(3, {"a": np.arange(6.0).reshape(2, 3)})
    np.testing.assert_array_equal(parts.read(3, "a", 1), [3, 4, 5])
    assert parts.load(2) is None
    parts.key = "another"
    assert parts.load(3) is None


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    with held(tmp_path / "folder") as folder:
        with pytest.raises(BadFile, match="another process"), held(folder):
            pass
        (folder / "part").write_text("finished")
    assert not folder.exists()
    with pytest.raises(Interrupted), held(folder):
        raise Interrupted
    assert not folder.exists(), "nothing in it to go on from"
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadFile, match="cannot be written"), held(tmp_path / "file" / "folder"):
        pass


def test_members_that_are_too_many_to_write(
    served: predict.ServedModel, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surface, "MAX_KEPT", 66 * 12 * 25 * 3)
    with pytest.raises(BadData, match="member by member") as problem:
        surface.superresolve(served.model, given, members=4, keep_members=True)
    assert "at most 3 members" in str(problem.value) and "mean and spread" in str(problem.value)
    surface.superresolve(served.model, given, members=1, keep_members=True)


class Repeating:
    """A model that repeats each block, in next to no memory of its own."""

    device = torch.device("cpu")

    def __init__(self, members: int):
        config = SuperresConfig(sampling=SuperresSampling(members=members))
        self.contract = SimpleNamespace(
            factor=5, block=None, config=config, system="superres", scales=SimpleNamespace(unit=1.0)
        )

    def conditioning(self, problem: Any) -> Any:
        return SimpleNamespace(unit=np.ones(problem.ocean.shape, np.float32))

    def analyse(self, problem: Any, members: int, seed: int, **_: Any) -> Analysis:
        cells = np.nan_to_num(problem.value).repeat(5, 0).repeat(5, 1)[None]
        return Analysis(cells, members=np.stack([cells + k for k in range(members)]), evaluations=1)


def peak(path: Path, given: Path, digest: str, members: int) -> int:
    model: Any = Repeating(members)
    served = predict.ServedModel(model, predict.Identity(name="repeating", digest=digest))
    tracemalloc.start()
    predict.write_answer(served, ENDPOINT, predict.question(ENDPOINT, file=given), path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_is_that_of_bands(tmp_path: Path) -> None:
    """A field of many bands takes the memory of some bands; without files it takes the field's."""
    rows, columns, members = 720, 80, 4
    coarse_sst(rows=rows, columns=columns, south=-75, west=-170, step=0.2).to_netcdf(
        tmp_path / "sst.nc"
    )
    problem = fine_problem(read_coarse(tmp_path / "sst.nc"), 5)  # the mask is in memory, too
    assert len(band_tops(Tiling(problem, 64, 8))) == 14
    band = 4 * (2 + members) * (64 * 5) * (columns * 5)
    field = 4 * problem.ocean.size
    bound = 6 * band + problem.ocean.size  # with the mask, a byte a cell
    kept = peak(tmp_path / "kept.nc", tmp_path / "sst.nc", "some digest", members)
    plain = peak(tmp_path / "plain.nc", tmp_path / "sst.nc", "", members)
    print(kept / 1e6, plain / 1e6, bound / 1e6, field / 1e6)
    assert kept < bound < plain
    with (
        xr.open_dataset(tmp_path / "kept.nc") as files,
        xr.open_dataset(tmp_path / "plain.nc") as whole,
    ):
        for name in whole.data_vars:
            np.testing.assert_array_equal(files[name].values, whole[name].values)


def test_a_bare_model_is_not_known_again(given: Path, tmp_path: Path) -> None:
    bare = predict.ServedModel(tiny_superres())
    request = predict.question(ENDPOINT, file=given, members=1)
    assert unfinished_folder(bare, ENDPOINT, request, tmp_path / "a.nc", Options()) is None
    assert write(bare, given, tmp_path / "a.nc", members=1).is_file() and not left(tmp_path)


def test_bands_stop_where_they_are_told(served: predict.ServedModel, given: Path) -> None:
    problem = fine_problem(read_coarse(given), 5)
    rows = [rows for rows, _, _ in bands(served.model, problem, 1, 0)]
    assert rows == [slice(0, 10), slice(10, 330)]
