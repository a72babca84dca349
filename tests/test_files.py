"""Files are whole or absent; digests are of content."""

import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from thermocline.errors import BadFile
from thermocline.files import (
    atomic_directory,
    atomic_path,
    files_of,
    read_object,
    scratch_directory,
    sha256_arrays,
    write_json,
)


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.nc"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_said_whatever_the_writer_says(tmp_path, monkeypatch):
    """Libraries raise all kinds of errors where there is no room."""
    for room, kind in ((0, BadFile), (1 << 30, RuntimeError)):
        monkeypatch.setattr("shutil.disk_usage", lambda path, room=room: SimpleNamespace(free=room))
        for whole in (atomic_path, atomic_directory):
            with pytest.raises(kind, match=r"no space left|HDF error"), whole(tmp_path / "a.nc"):
                raise RuntimeError("NetCDF: HDF error")
    assert list(tmp_path.iterdir()) == []


def test_what_keeps_a_file_from_being_made_is_said_of_its_own_name(tmp_path, monkeypatch):
    def refuse(**options):
        raise PermissionError(13, "Permission denied", str(tmp_path / ".a.pid1-x"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    for whole in (atomic_path, atomic_directory, scratch_directory):
        with pytest.raises(PermissionError) as refused, whole(tmp_path / "a.nc"):
            pass
        assert refused.value.filename == str(tmp_path / "a.nc")


@pytest.mark.parametrize("proc", [True, False])
@pytest.mark.parametrize(
    ("umask", "file", "folder"), [(0o077, 0o600, 0o700), (0o022, 0o644, 0o755)]
)
def test_rights_are_those_that_the_umask_gives(tmp_path, monkeypatch, umask, file, folder, proc):
    """Who works with a strict one has no file of theirs read by others."""
    if not proc:
        refuse = lambda *arguments, **options: (_ for _ in ()).throw(OSError())
        monkeypatch.setattr("pathlib.Path.read_text", refuse)
    before = os.umask(umask)
    try:
        with atomic_path(tmp_path / "a") as one, atomic_directory(tmp_path / "b") as whole:
            one.write_text("a")
            (whole / "c").mkdir()
            (whole / "c/d").touch(0o600)
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    rights = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("a", "b", "b/c", "b/c/d")}
    assert rights == {"a": file, "b": folder, "b/c": folder, "b/c/d": file}


def test_success_replaces(tmp_path):
    with atomic_path(tmp_path / "new" / "a.txt") as temporary:
        assert temporary.suffix == ".txt"
        temporary.write_text("whole")
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"


def test_a_killed_writer_leaves_no_file_of_that_name(tmp_path):
    code = (
        "import sys, os, signal\n"
        "from thermocline.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as t:\n"
        "    t.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.txt")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "a.txt").exists()
    assert len(list(tmp_path.iterdir())) == 1  # its temporary, which the next writer removes
    with atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_living_writer_is_left_alone(tmp_path):
    with atomic_path(tmp_path / "a.txt") as first:
        first.write_text("first")
        with atomic_path(tmp_path / "a.txt") as second:
            second.write_text("second")
        assert first.exists()
    assert (tmp_path / "a.txt").read_text() == "first"


def test_directories_too(tmp_path):
    for content in ("one", "two"):
        with atomic_directory(tmp_path / "d") as temporary:
            (temporary / "f").write_text(content)
    assert (tmp_path / "d" / "f").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_digests_see_values_shapes_and_types():
    a = np.arange(6.0)
    assert sha256_arrays(a) == sha256_arrays(a[::2].repeat(2) * 0 + a)
    assert len({sha256_arrays(b) for b in (a, a.reshape(2, 3), a.astype("f4"), a + 1e-12)}) == 4


def test_a_json_file_has_a_final_newline_and_is_read_again(tmp_path):
    write_json(tmp_path / "new" / "a.json", {"b": [1], "a": "ü"}, sort_keys=True)
    text = (tmp_path / "new" / "a.json").read_text()
    assert text == '{\n "a": "\\u00fc",\n "b": [\n  1\n ]\n}\n'
    assert read_object(tmp_path / "new" / "a.json") == {"a": "ü", "b": [1]}


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", None])
def test_what_is_no_json_object_is_empty(tmp_path, content):
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    assert read_object(tmp_path / "a.json") == {}


@pytest.mark.parametrize(
    "name", ["a_2.nc.gz", "a_2.nc4", "a_2.NC", "a_2.zip", "2008/a_2.nc", "2008/a_2.nc.bz2"]
)
def test_data_that_would_be_passed_over_are_refused(tmp_path, name):
    (tmp_path / "a_1.nc").touch()
    other = tmp_path / name
    other.parent.mkdir(exist_ok=True)
    other.touch()
    with pytest.raises(BadFile, match=f"{re.escape(str(other))}: this file would not be read"):
        files_of(tmp_path, "a_*.nc")


def test_other_data_may_lie_in_folders_below(tmp_path):
    for name in ("a_1.nc", "en4/a_2.nc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert files_of(tmp_path, "*.nc", others_below=True) == [tmp_path / "a_1.nc"]
    (tmp_path / "a_3.nc.gz").touch()
    with pytest.raises(BadFile, match=r"a_3\.nc\.gz: this file would not be read"):
        files_of(tmp_path, "*.nc", others_below=True)


def test_what_is_no_data_of_the_pattern_may_lie_beside(tmp_path):
    for name in ("a_1.nc", "b_1.nc.gz", "a_notes.txt", "SHA256SUMS", ".a_2.nc", ".old/a_3.nc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert files_of(tmp_path, "a_*.nc") == [tmp_path / "a_1.nc"]
    with pytest.raises(BadFile, match=r"no c_\*\.nc here"):
        files_of(tmp_path, "c_*.nc")
