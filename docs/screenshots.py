"""Pictures of the MLflow UI for the docs: a sweep's trials compared, a registered model, a version.

    python docs/screenshots.py --database mlflow.db --output docs/images

A server of its own shows a copy of the database, without authentication, on this machine alone
and only as long as the pictures take. Needs Chromium, and playwright of the `dev` extra.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

METRIC = "validation_crps"
SHOWN = ("model.process.schedule", "model.masking.ratio", "model.masking.pattern")
"""The settings of a trial whose effect on the metric is shown, left to right."""
WIDTH, HEIGHT, TALL = 1400, 1000, 1800
PATIENCE = 60_000  # milliseconds for a page to be there
MARGIN = 24  # pixels below the last element
HIDDEN = "[data-assistant-ui] { display: none !important }"
QUIET = {  # what the browser remembers of dialogs that were answered
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
    "mlflow.assistant.panelOpen_v1": "false",
    "_mlflow_dark_mode_toggle_enabled": "false",
}


def main() -> None:
    """Take the three pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", type=Path, default=Path("mlflow.db"))
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    parser.add_argument("--system", default="reconstruct")
    parser.add_argument("--version", default="champion", help="alias or number")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        database = copy_database(given.database, Path(scratch) / "mlflow.db")
        with server(database, Path(scratch)) as address, browser_page() as page:
            for name, path in take(page, address, database, given):
                print(f"{name}: {path}")


def take(page: Any, address: str, database: Path, given: argparse.Namespace) -> Iterator[Any]:
    """Take each picture and yield what it shows and where it is."""
    client = client_of(database)
    model = f"thermocline-{given.system}"
    experiment, trials = largest_sweep(client, given.system)
    runs = urllib.parse.quote(json.dumps(trials))
    experiments = urllib.parse.quote(json.dumps([experiment]))
    page.goto(f"{address}/#/compare-runs?runs={runs}&experiments={experiments}")
    select_parameters(page, [f"{given.system}.{name}" for name in SHOWN])
    end = page.get_by_text("Duration:")
    yield f"{len(trials)} trials", shoot(page, given.output / "mlflow-sweep.png", end)

    page.set_viewport_size({"width": WIDTH, "height": TALL})
    page.goto(f"{address}/#/models/{model}")
    page.get_by_text("@ champion").first.wait_for()
    end = page.get_by_text("Previous", exact=True)
    yield model, shoot(page, given.output / "mlflow-model.png", end)

    number = given.version
    if not number.isdigit():
        number = client.get_model_version_by_alias(model, number).version
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(f"{address}/#/models/{model}/versions/{number}")
    page.get_by_text("Registered At").wait_for()
    if words := plain_words(client.get_model_version(model, number).description or ""):
        page.get_by_text(words).first.wait_for()
    yield f"version {number}", shoot(page, given.output / "mlflow-version.png")


def plain_words(markdown: str) -> str:
    """Words of a description that look the same when they are rendered; empty if there are none."""
    found = re.search(r"^[A-Z][\w ]{12,60}", markdown, re.MULTILINE)
    return found.group().strip() if found else ""


def copy_database(source: Path, target: Path) -> Path:
    """A consistent copy of a sqlite database, also of one that is in use."""
    if not source.is_file():
        sys.exit(f"{source}: no such database; `make demo` and `make sweep` fill one")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as one,
        closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)
    return target


def client_of(database: Path) -> Any:
    """An MLflow client on a database."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    return mlflow.MlflowClient(f"sqlite:///{database}", f"sqlite:///{database}")


def largest_sweep(client: Any, system: str) -> tuple[str, list[str]]:
    """The experiment, and the runs of the study with most trials that have the metric."""
    experiment = client.get_experiment_by_name(system)
    if experiment is None:
        sys.exit(f"no experiment {system!r}")
    found = client.search_runs(
        [experiment.experiment_id],
        f"metrics.{METRIC} > 0 and tags.`mlflow.parentRunId` != ''",
        order_by=["attributes.start_time DESC"],
        max_results=1000,
    )
    studies: dict[str, list[str]] = {}
    for run in found:
        studies.setdefault(run.data.tags["mlflow.parentRunId"], []).append(run.info.run_id)
    trials = max(studies.values(), key=len, default=[])  # of equals, the newest
    if len(trials) < 2:
        sys.exit(f"no sweep of {system!r} with two completed trials; `make sweep` makes one")
    return experiment.experiment_id, trials


@contextmanager
def server(database: Path, scratch: Path) -> Iterator[str]:
    """An MLflow server on a free port of this machine; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{database}"]
    command += ["--default-artifact-root", str(scratch / "artifacts")]
    left_out = ("MLFLOW_", "_MLFLOW_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(left_out)} | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    log = scratch / "server.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=scratch,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + PATIENCE / 1000
        while not answers(f"{address}/health"):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"the MLflow server does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.3)
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def answers(url: str) -> bool:
    """Whether a page is there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def browser_page() -> Iterator[Any]:
    """A page of a headless Chromium in which every dialog was answered before."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(PATIENCE)
        page.add_init_script(
            f"for (const [k, v] of Object.entries({json.dumps(QUIET)})) localStorage.setItem(k, v)"
        )
        yield page
        browser.close()


def select_parameters(page: Any, names: list[str]) -> None:
    """In the comparison of runs, show these parameters and the metric as parallel coordinates."""
    page.locator(".parcoords, .js-plotly-plot, .plotly").first.wait_for()
    for heading, wanted in (("Parameters:", names), ("Metrics:", [METRIC])):
        box = page.get_by_text(heading, exact=True).locator("xpath=following-sibling::*[1]")
        removers = box.locator("[class*=selection-item-remove]")
        while removers.count():
            removers.first.click()
        for name in wanted:
            box.click()
            page.keyboard.type(name)
            option = page.locator(f"[class*=select-item-option][title='{name}']")
            if not option.count() and heading == "Parameters:":
                print(f"{name}: the same in every trial, not shown")
            else:
                option.first.click()
            page.keyboard.press("Escape")


def shoot(page: Any, path: Path, end: Any = None) -> Path:
    """A picture of the page's content down to the element `end`, once nothing moves any more."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    clip = page.locator("main").first.bounding_box()
    clip = clip | {"x": clip["x"] + 4, "width": clip["width"] - 8}  # without its round corners
    if end is not None:
        last = end.last.bounding_box()
        clip["height"] = min(clip["height"], last["y"] + last["height"] + MARGIN - clip["y"])
    until, before = time.monotonic() + PATIENCE / 1000, b""
    while (now := page.screenshot(path=str(path), clip=clip, style=HIDDEN)) != before:
        if time.monotonic() > until:
            sys.exit(f"{page.url} does not come to rest")
        before = now
        page.wait_for_timeout(1000)
    return path


if __name__ == "__main__":
    main()
