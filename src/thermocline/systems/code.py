"""The code that decides a result, as a digest."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from thermocline.files import sha256_file

PACKAGE = Path(__file__).parents[1]
LOCK = "requirements.lock"


def code_digest(places: Iterable[str], root: Path = Path()) -> str:
    """Of folders and files of this package, and of the locked packages.

    Args:
        places: such as `diffusion` or `systems/prior.py`.
        root: the project's folder, where the lock file is; without one, of the code alone.
    """
    digest = sha256()
    for place in places:
        room = PACKAGE / place
        for path in sorted(room.rglob("*.py")) if room.is_dir() else [room]:
            digest.update(sha256_file(path).encode())
    if (root / LOCK).is_file():
        digest.update(sha256_file(root / LOCK).encode())
    return digest.hexdigest()
