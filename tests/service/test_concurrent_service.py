"""Many clients at once: the same bytes as alone, and nobody locked out by those who say nothing."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
from test_service import GOOD, refused
from test_superresolve_service import packed
from tiny_superres import coarse_sst


def test_the_same_bytes(server: httpx.Client) -> None:
    """Of reconstructions and super-resolutions, each asked alone and then all at once."""
    sst = packed(coarse_sst())

    def ask(seed: int) -> bytes:
        if seed % 3:
            body = {**GOOD, "seed": seed, "format": "netcdf"}
            answer = server.post("/reconstruct", json=body)
        else:
            fields = {"members": "2", "seed": str(seed)}
            answer = server.post("/superresolve", files={"file": ("x.nc", sst)}, data=fields)
            while answer.status_code == 429:
                answer = server.post("/superresolve", files={"file": ("x.nc", sst)}, data=fields)
        assert answer.status_code == 200, answer.text
        return answer.content

    alone = [ask(seed) for seed in range(6)]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(ask, [*range(6), *range(6)]))
    assert together == [*alone, *alone]
    assert len(set(alone)) == 6


def test_clients_that_send_half_a_body(server: httpx.Client) -> None:
    """Twice as many as may be inside at once: others are answered all the same."""
    head = b"POST /reconstruct HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
    with ExitStack() as stack:
        for _ in range(70):
            address = (server.base_url.host, server.base_url.port)
            stack.enter_context(socket.create_connection(address)).sendall(head)
        assert server.post("/reconstruct", json=GOOD).status_code == 200
        refused(server.post("/reconstruct", json={"date": 3}), 400, "date")
