"""How fast the service answers: alone, to many at once, and while it makes a large map.

    python -m benchmarks.service [--models build/models] [--seconds 30]

Run `make demo` first. Serves the models of the demo on a free port of this machine and asks the
examples of their endpoints: the small question, as JSON, with another seed each time. The bare call
is the same work in this process, without a server, on as many threads as the service gives to a
request; it takes turns with requests of a single client.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import requests
import torch
import xarray as xr
from benchmarks.served import models_in, served
from bento.limits import one_thread_each
from threadpoolctl import threadpool_limits

from thermocline import predict, systems
from thermocline.client import Client
from thermocline.systems.endpoint import Endpoint

ROUTE, LARGE = "reconstruct", "superresolve"
CLIENTS = (1, 8, 32)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    given = parser.parse_args()
    system, endpoint = next(each for each in systems.endpoints() if each[1].route == ROUTE)
    model = predict.load_model(given.models / system)
    threadpool_limits(1, user_api="blas")  # as the service has it
    one_thread_each()
    example = endpoint.example(model.model)
    seeds = count()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    with served(models_in(given.models)) as running:
        url = running.url
        print(f"ready after {running.seconds:.1f} s\n", flush=True)
        ask = lambda: asked(url, example | {"seed": next(seeds)})
        bare = lambda: called(model, endpoint, example | {"seed": next(seeds)})
        for warm in (ask, bare):
            warm()
        pairs = [(bare(), ask()) for _ in until(given.seconds)]
        alone, one = (np.array(times) for times in zip(*pairs, strict=True))
        threads = torch.get_num_threads()
        print(f"POST /{ROUTE}, {os.cpu_count()} processors; threads of a request, and of the bare ")
        print(f"call: {threads}\n")
        print("| | p50, ms | p95, ms | answers a second |")
        print("|---|---:|---:|---:|")
        row("bare call", alone, 1 / alone.mean())
        row("1 client", one, 1 / one.mean())
        for clients in CLIENTS[1:]:
            began = time.perf_counter()
            times = together(ask, clients, given.seconds)
            row(f"{clients} clients", times, len(times) / (time.perf_counter() - began))
        over, aim = np.median(one - alone), 0.1 * np.median(alone) + 0.03
        print(f"\noverhead of a request: {1e3 * over:.0f} ms, median of pairs; ", end="")
        print(f"10 % and 30 ms are {1e3 * aim:.0f} ms\n")
        during(url, ask, one, given.seconds)


def during(url: str, ask: Callable[[], float], quiet: np.ndarray, seconds: float) -> None:
    """What a small question, and a probe, wait for while a large one is worked on."""
    client = Client(url)
    probe = lambda: timed(lambda: requests.get(f"{url}/livez", timeout=60).raise_for_status())
    calm = np.array([probe() for _ in range(50)])
    task = client.submit(LARGE, file=globe(), members=8)
    while not task.state().step:
        if task.state().ended:
            raise RuntimeError(f"the large question ended early: {task.state()}")
        time.sleep(0.1)
    small, probes = [], []
    for _ in until(seconds):
        small.append(ask())
        probes += [probe() for _ in range(5)]
    busy = task.state().status == "running"
    task.cancel()
    print(f"while POST /{LARGE} makes a globe of a quarter of a degree, 8 members\n")
    print("| | p50, ms | p95, ms | longest, ms | quiet p50, ms |\n|---|---:|---:|---:|---:|")
    for name, times, before in ((f"/{ROUTE}", small, quiet), ("/livez", probes, calm)):
        p50, p95, most = 1e3 * np.quantile(times, [0.5, 0.95, 1])
        print(f"| {name} | {p50:.0f} | {p95:.0f} | {most:.0f} | {1e3 * np.median(before):.0f} |")
    print(f"\nthe large question ran all the time: {'yes' if busy else 'no'}")


def row(name: str, times: np.ndarray, rate: float) -> None:
    """A line of the table; times in seconds."""
    p50, p95 = 1e3 * np.quantile(times, [0.5, 0.95])
    print(f"| {name} | {p50:.0f} | {p95:.0f} | {rate:.2f} |", flush=True)


def asked(url: str, body: dict[str, Any]) -> float:
    """Seconds of a request."""
    ask = lambda: requests.post(f"{url}/{ROUTE}", json=body, timeout=600).raise_for_status()
    return timed(ask)


def called(served: predict.ServedModel, endpoint: Endpoint, values: dict[str, Any]) -> float:
    """Seconds of the same work without a server."""

    def answer() -> str:
        dataset = predict.answer(served, endpoint, predict.question(endpoint, **values))
        return json.dumps(predict.describe(endpoint, dataset))

    return timed(answer)


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def until(seconds: float) -> Iterator[int]:
    """Counts on until the time is over; to five at least."""
    end = time.perf_counter() + seconds
    for number in count():
        if number >= 5 and time.perf_counter() > end:
            return
        yield number


def together(ask: Callable[[], float], clients: int, seconds: float) -> np.ndarray:
    """Seconds of every request of so many clients, each of which asks again once answered."""
    end = time.perf_counter() + seconds

    def client(_: int) -> list[float]:
        times = [ask()]
        while time.perf_counter() < end:
            times.append(ask())
        return times

    with ThreadPoolExecutor(clients) as pool:
        return np.array([each for times in pool.map(client, range(clients)) for each in times])


def globe(degrees: float = 1.25) -> xr.Dataset:
    """Sea-surface temperature with a front, on all the globe."""
    latitude = np.arange(-90 + degrees / 2, 90, degrees)
    longitude = np.arange(-180 + degrees / 2, 180, degrees)
    wave = 3 * np.sin(np.deg2rad(4 * longitude))
    sst = 30 * np.cos(np.deg2rad(latitude)) ** 2 - 1
    field = sst[:, None] + 2 * np.tanh((latitude[:, None] - 40 - wave) / 3)
    units = {"units": "degree_Celsius", "standard_name": "sea_surface_temperature"}
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), field[None].astype(np.float32), units)},
        coords={
            "time": np.array(["2008-03-14"], "datetime64[ns]"),
            "lat": ("lat", latitude, {"units": "degrees_north"}),
            "lon": ("lon", longitude, {"units": "degrees_east"}),
        },
    )


if __name__ == "__main__":
    main()
