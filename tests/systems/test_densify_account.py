"""What densify says of a file's values: every temperature and every salinity is accounted for."""

from pathlib import Path

import numpy as np

from thermocline.systems.densify.endpoints.profiles import OF, profiles_of
from thermocline.systems.densify.endpoints.request import DensifyRequest

TABLE = """time,latitude,longitude,depth,temperature,salinity,salinity_qc
2020-01-01,45,-30,5,12,35,1
2020-01-01,45,-30,10,11,39,4
2020-01-01,45,-30,20,,35.2,1
2020-01-01,45,-30,30,10,35.3,1
"""


def test_salinities_are_counted_and_used_without_a_temperature(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(TABLE)
    found, account = profiles_of(DensifyRequest(file=tmp_path / "f.csv"))
    np.testing.assert_array_equal(found.so, [[35, np.nan, 35.2, 35.3]])
    assert (account.of, account.held, account.used) == (OF, 7, 6)
    assert account.dropped == {"salinity not flagged good": 1}


def test_reasons_for_both_are_added_up(tmp_path: Path) -> None:
    codes = ("depth_qc", 1, 1, 4, 4)
    flagged = [f"{line},{code}" for line, code in zip(TABLE.split(), codes, strict=True)]
    (tmp_path / "f.csv").write_text("\n".join(flagged) + "\n")
    _, account = profiles_of(DensifyRequest(file=tmp_path / "f.csv"))
    assert (account.held, account.used) == (7, 3)
    assert account.dropped == {"temperature not flagged good": 1, "salinity not flagged good": 3}
