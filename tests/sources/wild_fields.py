"""A field with a few wild values, and what is read where something says that they are."""

import numpy as np
from stated_fields import TRUTH, read

from thermocline.sources.fields.reader import field_account


def check(tmp_path, dataset, wild, **encoding):
    """Wild values are missing and the others the truth; the account agrees."""
    found = read(tmp_path, dataset, **encoding)
    np.testing.assert_allclose(found.tos.values[0, 0], np.where(wild, np.nan, TRUTH), atol=0.01)
    account = field_account(found, "tos")
    assert account.held == TRUTH.size and account.used == TRUTH.size - wild.sum()
    return account


WILD = np.zeros(TRUTH.shape, bool)
WILD[2:4, 1:5] = True
BAD = np.where(WILD, np.float32(4.5), TRUTH)
