"""Calls to MLflow that may fail for a known reason: absent, there already, or others at it too."""

import time
from collections.abc import Callable
from typing import Any

ABSENT = "RESOURCE_DOES_NOT_EXIST"
COLLIDED = ("IntegrityError", "UniqueViolation", "database is locked")
_ATTEMPTS = 10


def if_there(ask: Callable[..., Any], *arguments: Any, any_refusal: bool = False) -> Any:
    """The answer of a server, or of a `Reader`; None if it says that there is no such thing.

    Args:
        any_refusal: None for whatever else it may say, too; what is not its answer is raised.
    """
    try:
        return ask(*arguments)
    except Exception as problem:
        code = getattr(problem, "error_code", None)
        if code is None or not (any_refusal or code == ABSENT):
            raise
        return None


def make_once(create: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Create something, unless another process was first."""
    try:
        create(*arguments, **options)
    except Exception as problem:
        if getattr(problem, "error_code", "") != "RESOURCE_ALREADY_EXISTS":
            raise


def insist(write: Callable[..., Any], *arguments: Any, signs: tuple[str, ...] = COLLIDED) -> Any:
    """Write what others may be writing at this moment.

    MLflow looks whether a row is there before it writes it: of two who write one for the first
    time one is refused, and then only has to do it again.

    Args:
        signs: what a refusal of this kind says; others are raised at once.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return write(*arguments)
        except Exception as problem:
            collided = hasattr(problem, "error_code") and any(s in str(problem) for s in signs)
            if attempt == _ATTEMPTS or not collided:
                raise
            time.sleep(0.02 * attempt)
