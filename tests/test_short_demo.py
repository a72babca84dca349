"""Continuous integration's short demo: what it sets can be set, and the demo has it otherwise."""

import runpy
import shutil

from thermocline.systems.config import load_config


def test_its_params_are_read(tmp_path, monkeypatch):
    script = runpy.run_path(".ci/short_demo.py")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    script["main"]()
    whole = load_config(tmp_path / "params.yaml")
    assert whole.reconstruct.training.steps == script["SHORT"]["reconstruct.training.steps"]
    assert script["SYSTEMS"] in (tmp_path / "dvc.yaml").read_text()
