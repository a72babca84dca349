"""What is said where MLflow's alias is not what the log says, before it is put back.

MLflow's page sets and removes aliases without a test or an entry. Whoever did that is to learn why
it did not last, and what does.
"""

import logging
from datetime import UTC, datetime, timedelta

from thermocline.registry.aliases.history import Entry

logger = logging.getLogger("thermocline")

MOMENT = timedelta(minutes=1)
"""After an entry its alias may not be set yet: whoever wrote it is about to do that."""


def tell(name: str, alias: str, now: str, last: Entry | None) -> None:
    """Say that the alias is `now` with a version ("" for none), against the last entry.

    Nothing for an alias that is where it was before an entry of this moment.
    """
    if last and now == last.former and abs(datetime.now(UTC) - last.time) < MOMENT:
        return
    held = f"was given to version {now}" if now else "was taken away"
    due = f"version {last.to} holds it" if last and last.to else "nobody holds it"
    new = f"`thermocline models promote models:/{name}/{now}` puts that version to the test"
    advice = new if now else "`thermocline models rollback` goes back to the former one"
    logger.warning(
        "%s: @%s %s past its log, by which %s: it is put back (%s)", name, alias, held, due, advice
    )
