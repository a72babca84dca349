"""Who answers an endpoint's command: a model on this machine, or a service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from thermocline.errors import BadConfig
from thermocline.systems.endpoint import Endpoint, Options

if TYPE_CHECKING:
    from thermocline.systems.endpoint import Progress


class Answering(NamedTuple):
    """Who answers: the digest of the model, and what makes an answer to fields in a file."""

    digest: str
    make: "Callable[[dict[str, Any], Path, Progress], tuple[Path, dict[str, Any]]]"


def answering_of(system: str, endpoint: Endpoint, model: str | None, url: str | None) -> Answering:
    """The service of an address, or else a model on this machine."""
    from thermocline import predict

    if url and model:
        raise BadConfig(
            "--url and --model",
            where="command line",
            fix="leave one of them out: a service answers with its own model",
        )
    if url:
        return _service(url, system, endpoint)
    served = predict.load_model(model, system)

    def make(
        values: dict[str, Any], path: Path, progress: "Progress"
    ) -> tuple[Path, dict[str, Any]]:
        request = predict.question(endpoint, **values)
        return predict.write_answer(served, endpoint, request, path, Options(progress=progress))

    return Answering(served.identity.digest, make)


def _service(url: str, system: str, endpoint: Endpoint) -> Answering:
    """A service, whose tasks are cancelled by whoever does not wait for them."""
    from thermocline import predict
    from thermocline.client import Client
    from thermocline.netcdf import open_answer

    client = Client(url)
    served = {one["system"]: one["model"] for one in client.models()}.get(system)

    def make(
        values: dict[str, Any], path: Path, progress: "Progress"
    ) -> tuple[Path, dict[str, Any]]:
        task = client.submit(endpoint.route, **values)
        try:
            task.wait(progress)
        except (KeyboardInterrupt, SystemExit):
            task.cancel()
            raise
        written = task.save(path)
        if written.suffix == ".zip":
            return written, predict.describe(endpoint, task.result())
        with open_answer(written) as dataset:
            return written, predict.describe(endpoint, dataset)

    return Answering(str(served["digest"]) if served else "", make)


@contextmanager
def progress_bar(endpoint: Endpoint) -> "Iterator[Progress]":
    """Shows how far an answer is, on the terminal; gone afterwards."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(endpoint.route)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def print_model(said: dict[str, Any]) -> None:
    """Which model answered, and its verdict."""
    print(f"model: {said['model']['name']} version {said['model']['version']}")
    print(f"  {said['model']['baseline_verdict']}")
