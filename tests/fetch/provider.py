"""A provider's web server: files by path, and what can go wrong with each."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Provider:
    """What is served.

    Attributes:
        files: content by path.
        failures: by path, states to answer with before the file is sent; a number below 100 is
            the count of bytes after which the connection is cut.
        asked: every request: method, path, its Range.
        tags: the ETag by path; the version of a file, if it has one.
        silent: paths of which the answers say no length; its end is the connection's.
        unplanned: whether no answer to HEAD says a length.
        heads: what answers to HEAD say by path, in place of the length.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    failures: dict[str, list[int]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    unplanned: bool = False
    heads: dict[str, dict[str, str]] = field(default_factory=dict)
    address: str = ""

    def got(self, path: str) -> list[str]:
        """The ranges in which a file was asked for; "" is all of it."""
        return [ranges for method, one, ranges in self.asked if (method, one) == ("GET", path)]


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider at an address of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            ranges = self.headers.get("Range", "")
            provider.asked.append((self.command, path, ranges))
            failing = provider.failures.get(path, []) if body else []
            failure = failing.pop(0) if failing else 0
            content = provider.files.get(path)
            if failure >= 100 or content is None:
                self.send_response(failure if failure >= 100 else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            first, tag = 0, provider.tags.get(path, "")
            if ranges and tag and self.headers.get("If-Range") == tag:
                first = int(ranges.removeprefix("bytes=").rstrip("-"))
            if first >= len(content) and first:
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if first else 200)
            if first:
                last = len(content) - 1
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            if tag:
                self.send_header("ETag", tag)
            if not body and path in provider.heads:
                for name, value in provider.heads[path].items():
                    self.send_header(name, value)
            elif provider.unplanned if not body else path in provider.silent:
                self.send_header("Connection", "close")
            else:
                self.send_header("Content-Length", str(len(content) - first))
            self.end_headers()
            if body:
                end = first + failure if failure else len(content)
                self.wfile.write(content[first:end])
                if failure:
                    self.wfile.flush()
                    self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    provider.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
