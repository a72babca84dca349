"""What validation of this system's store asks besides."""

from collections.abc import Sequence

from thermocline.prepare.store import Store
from thermocline.prepare.table import Standardised


def standardised(store: Store) -> Sequence[Standardised]:
    """Nothing: bounded fields are not standardised in the store."""
    return ()
