"""What MLflow, or the database behind it, complains of, on one line with advice."""

from thermocline.errors import ThermoclineError

WHOSE = {"mlflow": "MLflow", "sqlalchemy": "database", "sqlite3": "database"}
DAMAGED = "check the database, or restore it from a copy"
ADVICE = {
    "is locked": "wait until whoever works with it is done, and try again",
    "readonly database": "ask whose it is for the right to write to it, and to its folder",
    "is full": "free some space, and do the same again: what is finished is kept",
    "disk I/O error": "see whether the disk is full or damaged, and do the same again",
}
"""By what SQLite says."""


def of_the_registry(problem: Exception) -> ThermoclineError:
    """In words: the server is away, or does not allow it, or its database is damaged.

    What is nobody's of them, or a mistake in a statement, is raised.
    """
    room = type(problem).__module__.partition(".")[0]
    if room not in WHOSE or type(problem).__name__ == "ProgrammingError":
        raise problem
    said = str(getattr(problem, "orig", None) or problem)
    reason = " ".join(said.partition("[SQL: ")[0].split())[:500]
    known = next((advice for sign, advice in ADVICE.items() if sign in reason), "")
    return ThermoclineError(
        reason, where=WHOSE[room], fix=known or ("" if room == "mlflow" else DAMAGED)
    )
