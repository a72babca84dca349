"""What is said of data that a store leaves out: nothing is lost in silence."""

from collections.abc import Collection

SHOWN = 3
"""How many of those left out are named."""


def note_left_out(names: Collection[object], of: int, what: str, why: str) -> None:
    """Print how many of `of` are left out, why, and the first of them; nothing if none is.

    Args:
        names: of those left out, such as dates.
        of: how many there are with those that stay.
        what: what they are, with the verb, such as "days of water are".
        why: the reason, as it goes on after "because".
    """
    if not names:
        return
    first = sorted(map(str, names))
    more = [f"and {len(first) - SHOWN} more"] if len(first) > SHOWN else []
    named = ", ".join([*first[:SHOWN], *more])
    print(f"Note: {len(first)} of {of} {what} left out, because {why}: {named}.", flush=True)
