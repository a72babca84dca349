"""Accounts of an MLflow server: who may log in, and the secrets only the server's owner may read.

MLflow's basic-auth app keeps users and permissions in a database that an ini file names. It has no
default password: the first start makes the account `admin` with the password given to it, and
later starts leave that account alone. Everything written here is readable by its owner only.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from thermocline.databases import without_password
from thermocline.errors import BadConfig

ADMIN = "admin"
PASSWORD_FILE = "password"
SHORTEST = 12
Permission = Literal["NO_PERMISSIONS", "READ", "EDIT", "MANAGE"]


@dataclass(frozen=True)
class Accounts:
    """The accounts of one server.

    Attributes:
        settings: the ini file for MLflow.
        password: of `admin`; empty if it was changed since and is not known here.
        kept: the file the password is read from; None if it came from the environment.
    """

    settings: Path
    password: str
    kept: Path | None


def prepare_accounts(
    folder: Path, database: str, *, chosen: str = "", permission: Permission = "READ"
) -> Accounts:
    """Write MLflow's ini file, and find or make up the password of `admin`.

    Args:
        folder: where secrets lie; made readable by its owner only.
        database: SQLAlchemy address of users and permissions.
        chosen: a password for `admin`, instead of one that is made up.
        permission: what everybody who is logged in may do to what others made.

    Raises:
        BadConfig: if the database cannot be asked, or the chosen password is short or not the
            one that `admin` has.
    """
    from werkzeug.security import check_password_hash

    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if database.startswith("sqlite:///"):
        file = Path(database.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(_private(file, os.O_CREAT))
        file.chmod(0o600)
    if chosen and len(chosen) < SHORTEST:
        raise BadConfig(
            f"a password of {len(chosen)} characters is too short",
            where="MLFLOW_AUTH_ADMIN_PASSWORD",
            fix=f"choose one of {SHORTEST} or more",
        )
    kept = folder / PASSWORD_FILE
    password, stored = chosen or _read(kept), _stored_hash(database)
    if stored is None and not password:
        password = _invent(kept)
    elif stored is not None and not (password and check_password_hash(stored, password)):
        if chosen:
            raise BadConfig(
                f"the account {ADMIN!r} has another password",
                where="MLFLOW_AUTH_ADMIN_PASSWORD",
                fix="leave the variable out: it counts only when the account is made",
            )
        password = ""
    settings = folder / "basic_auth.ini"
    lines = {
        "default_permission": permission,
        "database_uri": database.replace("%", "%%"),  # ini files interpolate
        "admin_username": ADMIN,
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
        # Comparing with a stored hash is slow by design, and a model is hundreds of requests.
        "auth_cache_ttl_seconds": "60",
    }
    text = "".join(f"{key} = {value}\n" for key, value in lines.items())
    _write(settings, f"[mlflow]\n{text}")
    return Accounts(settings, password, None if chosen else kept)


def _invent(path: Path) -> str:
    """A new password in `path`; that of another process if it was quicker."""
    password = secrets.token_urlsafe(18)
    try:
        handle = _private(path)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "w") as stream:
        stream.write(f"{password}\n")
    return password


def _read(path: Path) -> str:
    if not path.is_file():
        return ""
    path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(_private(temporary), "w") as stream:
        stream.write(text)
    temporary.replace(path)


def _private(path: Path, flags: int = os.O_CREAT | os.O_EXCL) -> int:
    """A handle of a file that nobody else can read at any moment."""
    return os.open(path, os.O_WRONLY | flags, 0o600)


def _stored_hash(database: str) -> str | None:
    """The hash of admin's password, if the account was made already."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(database)
    try:
        if not sqlalchemy.inspect(engine).has_table("users"):
            return None
        with engine.connect() as connection:
            query = sqlalchemy.text("SELECT password_hash FROM users WHERE username = :name")
            found = connection.execute(query, {"name": ADMIN}).scalar()
            return None if found is None else str(found)
    except sqlalchemy.exc.SQLAlchemyError as problem:
        raise BadConfig(
            f"the database does not answer: {str(problem).splitlines()[0]}",
            where=without_password(database),
            fix="check that it runs, and the address, user and password",
        ) from None
    finally:
        engine.dispose()
