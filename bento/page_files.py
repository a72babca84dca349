"""The page's built files (`bento/page/dist`), compressed, with an ETag each and a strict policy."""

import gzip
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

DIST = Path(__file__).parent / "page" / "dist"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
PLOT_STYLE = "sha256-+TfQir1nvDucAdvE6XUQBt4ayUjpAWkbw2kCdSfekHM="
"""Of the one style element that Observable Plot writes into each of its figures."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    f"style-src 'self' '{PLOT_STYLE}'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # kept, but asked for again with its ETag
}


@dataclass(frozen=True)
class PageFile:
    """A file as it is sent."""

    content: bytes
    kind: str

    @cached_property
    def etag(self) -> str:
        """A quoted name of this content."""
        return f'"{sha256(self.content).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes:
        """The content by gzip; not made before it is asked for, so that a start is quick."""
        return gzip.compress(self.content, compresslevel=6, mtime=0)


@cache
def page_files() -> dict[str, PageFile]:
    """Every file by its address."""
    found = {}
    for path in sorted(DIST.glob("*")):
        address = "/" if path.name == "index.html" else f"/{path.name}"
        found[address] = PageFile(path.read_bytes(), KINDS[path.suffix])
    return found


def page_file(request: Request) -> Response:
    """The file at the request's address, or 304 if the browser has it."""
    file = page_files()[request.url.path]
    headers = HEADERS | {"ETag": file.etag, "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = headers | {"Content-Encoding": "gzip"}
        return Response(file.compressed, headers=packed, media_type=file.kind)
    return Response(file.content, headers=headers, media_type=file.kind)
