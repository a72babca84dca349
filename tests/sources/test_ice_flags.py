"""Concentrations above 1: per cent that does not say so, or flags that were unpacked."""

from pathlib import Path

import numpy as np
import pytest
from ice_fields import mooring, read

from thermocline.errors import BadData


def test_flags_that_were_unpacked_are_not_called_per_cent(tmp_path: Path) -> None:
    """As NSIDC's bytes become if a program unpacks and writes them without their flags."""
    dataset = mooring()
    dataset.sic[..., :2, :] = np.float32(254 * 0.004)
    with pytest.raises(BadData, match=r"up to 1\.02 → remove values that are not concentrations"):
        read(tmp_path, dataset)


def test_per_cent_is_called_so(tmp_path: Path) -> None:
    dataset = mooring()
    dataset["sic"] = (dataset.sic * 100).assign_attrs(dataset.sic.attrs)
    with pytest.raises(BadData, match=r"values up to 100 → set its units to '%'"):
        read(tmp_path, dataset)
