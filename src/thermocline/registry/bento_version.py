"""What a Bento is called by the models that it serves."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

LONGEST = 63
"""Characters that BentoML allows a version."""
SHOWN = 12
"""Digits of a digest that are shown."""


def bento_version(identities: Iterable[Mapping[str, str]]) -> str:
    """Such as v3-0123456789ab, or v3-0123456789ab-v1-ba9876543210 of two models.

    Of so many that this is too long: the versions, if there is room, and a hash of it all.

    Args:
        identities: `version` and `digest` of each model.
    """
    served = [(f"v{who['version']}", who["digest"][:SHOWN]) for who in identities]
    whole = "-".join(f"{version}-{digest}" for version, digest in served)
    if len(whole) <= LONGEST:
        return whole
    named = sha256(whole.encode()).hexdigest()[:SHOWN]
    short = "-".join([*(version for version, _ in served), named])
    return short if len(short) <= LONGEST else named
