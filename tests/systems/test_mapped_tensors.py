"""A safetensors file that is filled in place reads like one that the library wrote."""

import numpy as np
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_tensors

from thermocline.training.mapped_tensors import create


def test_what_is_written_is_what_the_library_reads(tmp_path):
    rng = np.random.default_rng(3)
    shapes = {"truth": (5, 3, 4, 4), "share": (5,), "none": (0, 2), "place": (5, 2)}
    wanted = {k: rng.standard_normal(shape).astype(np.float32) for k, shape in shapes.items()}
    made = create(tmp_path / "filled.safetensors", shapes)
    for row in range(5):
        for name in ("truth", "share", "place"):
            made[name][row] = wanted[name][row]
    save_file({k: v.astype(np.float16) for k, v in wanted.items()}, tmp_path / "saved.safetensors")
    for load in (load_file, load_tensors):
        filled, saved = (load(tmp_path / f"{name}.safetensors") for name in ("filled", "saved"))
        assert set(filled) == set(saved)
        for name, part in saved.items():
            assert filled[name].dtype == part.dtype
            np.testing.assert_array_equal(filled[name], part)


def test_rows_that_were_not_written_are_zero(tmp_path):
    create(tmp_path / "file.safetensors", {"x": (2, 3)})["x"][1] = 1
    np.testing.assert_array_equal(
        load_file(tmp_path / "file.safetensors")["x"], [[0, 0, 0], [1, 1, 1]]
    )
