"""What a stage writes again is the same, to the byte."""

import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
from safetensors.numpy import save_file

from thermocline.baselines.common.stored import read_arrays, restore, store, write_arrays

WRITE = """
import sys, numpy as np
from thermocline.baselines.common.stored import store
store(sys.argv[1], "oi", {"a": np.arange(3.0)}, {"length_km": 700})
"""


def test_a_method_is_the_same_bytes_in_every_process(tmp_path):
    """safetensors orders several notes by a hash that is another one in each process."""
    digests = set()
    for number in range(4):
        path = tmp_path / f"{number}.safetensors"
        subprocess.run([sys.executable, "-c", WRITE, str(path)], check=True)
        digests.add(sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_notes_come_back_whoever_wrote_them(tmp_path):
    arrays, notes = {"a": np.ones(2)}, {"method": "oi", "settings": "{}"}
    write_arrays(tmp_path / "new.safetensors", arrays, notes)
    save_file(arrays, tmp_path / "old.safetensors", notes)  # an older version's: an entry each
    save_file(arrays, tmp_path / "none.safetensors")
    read = {name: read_arrays(tmp_path / f"{name}.safetensors")[1] for name in ("new", "old")}
    assert read == {"new": notes, "old": notes}
    assert read_arrays(tmp_path / "none.safetensors")[1] == {}
    store(tmp_path / "m.safetensors", "oi", {"a": np.ones(2)}, {"x": 1})
    arrays, settings = restore(tmp_path / "m.safetensors", "oi")
    assert settings == {"x": 1} and arrays["a"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="holds 'oi', not 'dineof'"):
        restore(tmp_path / "m.safetensors", "dineof")
