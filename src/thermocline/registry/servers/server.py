"""MLflow servers, one's own and a team's: who may connect, who may log in, where things are kept.

Both are MLflow's own server, with its basic-auth app and its check of the Host header. What is
secret goes to it through the environment and through files of its owner, not through arguments,
which every user of a machine can list.
"""

import importlib.util
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from thermocline.databases import postgres_url
from thermocline.errors import BadConfig
from thermocline.registry.servers.accounts import Accounts

HOME = Path(".thermocline")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# What a server must not take over from the shell it is started from.
FOREIGN = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID")


@dataclass(frozen=True)
class Server:
    """A server to be started.

    Attributes:
        store: SQLAlchemy address of runs, models and their aliases.
        artifacts: where files are kept: a folder, or s3://BUCKET/PREFIX.
        host, port: the address it listens on.
        names: further names that browsers and clients reach it by, perhaps with a port.
        certificate, key: PEM files; with them it speaks HTTPS.
    """

    store: str
    artifacts: str
    host: str = "127.0.0.1"
    port: int = 5000
    names: tuple[str, ...] = ()
    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None

    @property
    def address(self) -> str:
        """Where it answers, seen from its own machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else _bracketed(self.host)
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    @property
    def allowed_hosts(self) -> list[str]:
        """The Host headers it answers to: this machine's and those of `names`."""
        allowed = [f"{_bracketed(name)}:{self.port}" for name in LOOPBACK]
        for name in self.names:
            allowed += [name] if ":" in name else [name, f"{name}:{self.port}"]
        return list(dict.fromkeys(allowed))

    @property
    def allowed_origins(self) -> list[str]:
        """The web pages that may send requests which change something: its own."""
        own = self.allowed_hosts[len(LOOPBACK) :]
        return [f"{scheme}://{host}" for host in own for scheme in ("https", "http")]

    def check(self, plain: bool = False) -> None:
        """Raise BadConfig for what would fail late, or be open to others without anyone's asking.

        Args:
            plain: whether passwords may cross a network unencrypted, because a proxy in front
                of the server encrypts them.
        """
        if self.store.startswith(("http:", "https:")):
            raise BadConfig(
                "this is a server already",
                where="the store",
                fix="open it in a browser, or unset MLFLOW_TRACKING_URI",
            )
        if "*" in "".join(self.names):
            raise BadConfig("names with * are not accepted", where="--name", fix="name each host")
        if (self.certificate is None) != (self.key is None):
            raise BadConfig("HTTPS needs both", where="--certificate and --key", fix="give both")
        if self.host not in LOOPBACK and not self.certificate and not plain:
            raise BadConfig(
                "passwords would cross the network unencrypted",
                where=f"--host {self.host}",
                fix="give --certificate and --key, or --plain behind a proxy that speaks HTTPS",
            )
        if self.artifacts.startswith("s3:") and importlib.util.find_spec("boto3") is None:
            raise BadConfig(
                "an S3 artifact store needs boto3, which is not installed",
                where=self.artifacts,
                fix="pip install 'thermocline[server]' (here: pip install -e '.[server]')",
            )
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as problem:
                raise BadConfig(
                    f"cannot listen on {self.host}:{self.port}: {problem.strerror}",
                    where="server",
                    fix="choose another with --port, or end what uses it",
                ) from None

    def command(self) -> list[str]:
        """MLflow's command line; nothing in it is secret."""
        words = [sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth"]
        words += ["--host", self.host, "--port", str(self.port), "--workers", str(self.workers)]
        words += ["--allowed-hosts", ",".join(self.allowed_hosts)]
        if self.allowed_origins:
            words += ["--cors-allowed-origins", ",".join(self.allowed_origins)]
        if self.certificate and self.key:
            files = f"--ssl-certfile '{self.certificate}' --ssl-keyfile '{self.key}'"
            words += ["--uvicorn-opts", files]
        return words

    def environment(self, accounts: Accounts) -> dict[str, str]:
        """The environment MLflow's server runs in."""
        artifacts = self.artifacts
        if "://" not in artifacts:
            artifacts = str(Path(artifacts).resolve())
        kept = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        kept.setdefault("MLFLOW_FLASK_SERVER_SECRET_KEY", secrets.token_hex(32))
        # Jobs score language models; their runner is a dozen idle processes.
        kept.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
        kept.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # MLflow's own import, which its users can do nothing about.
        kept.setdefault("PYTHONWARNINGS", "ignore:starlette.middleware.wsgi is deprecated")
        kept |= {
            "MLFLOW_BACKEND_STORE_URI": postgres_url(self.store),
            "MLFLOW_ARTIFACTS_DESTINATION": artifacts,
            "MLFLOW_AUTH_CONFIG_PATH": str(accounts.settings.resolve()),
        }
        if accounts.password:
            kept["MLFLOW_AUTH_ADMIN_PASSWORD"] = accounts.password
        else:
            kept.pop("MLFLOW_AUTH_ADMIN_PASSWORD", None)
        return kept

    def replace_this_process(self, accounts: Accounts) -> NoReturn:
        """Become the server, so that signals reach it."""
        sys.stdout.flush()
        command = self.command()
        os.execve(command[0], command, self.environment(accounts))


def _bracketed(host: str) -> str:
    """A host as addresses have it: `[::1]`."""
    return f"[{host}]" if ":" in host else host
