"""`thermocline ui` and `thermocline server`: MLflow's server, with a password."""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from thermocline.errors import BadConfig


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(ui)
    app.command()(server)


def ui(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 5000,
) -> None:
    """The MLflow UI of this project's runs and models, on this machine only, with a password."""
    from thermocline.predict.tracking import tracking_uri
    from thermocline.registry.servers.accounts import prepare_accounts
    from thermocline.registry.servers.server import HOME, Server
    from thermocline.registry.store.connection import artifacts_beside

    store = tracking_uri()
    served = Server(store, artifacts_beside(store) or "mlartifacts", port=port)
    served.check()
    folder = HOME / "ui"
    accounts = prepare_accounts(folder, f"sqlite:///{(folder / 'accounts.db').resolve()}")
    print(f"MLflow UI: {served.address} (answers in a quarter of a minute or so)")
    _print_account(accounts, show=True)
    served.replace_this_process(accounts)


def server(
    store: Annotated[
        str,
        typer.Option(
            envvar="MLFLOW_BACKEND_STORE_URI",
            help="postgresql://USER:PASSWORD@HOST/NAME; better in the environment, where it is "
            "not seen by other users of the machine.",
        ),
    ] = "",
    artifacts: Annotated[
        str, typer.Option(envvar="MLFLOW_ARTIFACTS_DESTINATION", help="s3://BUCKET/PREFIX")
    ] = "",
    name: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A name that clients reach it by; may be given several times."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 5000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 2,
    others: Annotated[
        str, typer.Option(help="What users may do to each other's work: none, read, edit, manage.")
    ] = "read",
    certificate: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="PEM file of an HTTPS certificate.", exists=True),
    ] = None,
    key: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="PEM file of its key.", exists=True),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="HTTP to the network: a proxy in front encrypts.")
    ] = False,
    home: Annotated[Path, typer.Option(help="Folder of its secrets.")] = Path(
        ".thermocline/server"
    ),
) -> None:
    """A team's tracking server: MLflow on PostgreSQL and S3, with accounts. See docs/servers.md."""
    import os

    from thermocline.databases import postgres_url, without_password
    from thermocline.registry.servers.accounts import prepare_accounts
    from thermocline.registry.servers.server import Server

    permissions: dict[str, Any] = {
        "none": "NO_PERMISSIONS",
        "read": "READ",
        "edit": "EDIT",
        "manage": "MANAGE",
    }
    if others not in permissions:
        raise BadConfig(f"no permission {others!r}", where="--others", fix=", ".join(permissions))
    for option, value in (("--store", store), ("--artifacts", artifacts)):
        if not value:
            raise BadConfig("left out", where=option, fix="see docs/servers.md")
    served = Server(store, artifacts, host, port, tuple(name or ()), workers, certificate, key)
    served.check(plain)
    database = postgres_url(store)
    accounts = prepare_accounts(
        home,
        database,
        chosen=os.environ.get("MLFLOW_AUTH_ADMIN_PASSWORD", ""),
        permission=permissions[others],
    )
    print(f"MLflow server: {served.address}, known as {', '.join(served.allowed_hosts)}")
    print(f"  store      {without_password(database)}")
    print(f"  artifacts  {artifacts}")
    _print_account(accounts, show=False)
    served.replace_this_process(accounts)


def _print_account(accounts: Any, show: bool) -> None:
    """Say who may log in; the password itself only where a person is at the terminal."""
    from thermocline.registry.servers.accounts import ADMIN

    print(f"  user       {ADMIN}")
    if not accounts.password:
        print("  password   as it was changed to (docs/servers.md says how to begin anew)")
    elif accounts.kept is None:
        print("  password   that of MLFLOW_AUTH_ADMIN_PASSWORD")
    elif show:
        print(f"  password   {accounts.password}   (kept in {accounts.kept})")
    else:
        print(f"  password   in {accounts.kept}, which only you can read")
