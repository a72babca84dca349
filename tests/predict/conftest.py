"""A tiny model, loaded from the folder it was saved to."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory):
    from tiny_model import save_tiny

    from thermocline.predict import load_model

    return load_model(save_tiny(tmp_path_factory.mktemp("predict") / "model"))


@pytest.fixture
def casts(tmp_path: Path) -> Path:
    """A CSV of three casts in two months."""
    path = tmp_path / "casts.csv"
    rows = ["# made for a test", "Latitude, Longitude, Depth, Temperature, Error, Time"]
    for month, lat in ((3, 0.0), (3, 12.0), (4, 20.0)):
        for depth, value in ((5, 26.0), (100, 18.0), (500, 8.0)):
            error = "" if depth == 5 else "0.1"
            rows.append(f"{lat}, -30.0, {depth}, {value}, {error}, 2008-0{month}-11T06:00:00")
    path.write_text("\n".join(rows) + "\n")
    return path
