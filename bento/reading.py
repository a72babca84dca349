"""Reading of request bodies: of limited size, within limited time, and in limited memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from starlette.datastructures import Headers

from bento.limits import MAX_BODY, MAX_UNFINISHED, PAUSE, READ, SMALL, STEP
from bento.refusals import Message, Receive, Refused
from bento.stopping import Stop

DRAIN, PATIENCE = 16 * MAX_BODY, 1
"""Bytes of a refused body that are read all the same, and seconds that each part is waited for."""


class InTime:
    """A `receive` that refuses (408) a client that sends part of a body and then waits.

    Args:
        pause, whole: seconds between two parts, and for all of them.
    """

    def __init__(self, receive: Receive, pause: float = PAUSE, whole: float = READ):
        self.receive, self.pause, self.whole = receive, pause, whole
        self.end = asyncio.get_running_loop().time() + whole

    async def __call__(self) -> Message:
        """The next part."""
        left = self.end - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(self.pause, left)):
                return await self.receive()
        except TimeoutError:
            raise Refused(
                408,
                "the body did not come to its end in time",
                "body",
                f"send it whole within {self.whole:g} s, without a pause of {self.pause:g} s",
            ) from None


class Bodies:
    """Reads bodies, and counts the bytes of those that are not complete, or not looked at yet."""

    def __init__(self, most: int = MAX_UNFINISHED):
        self.most, self.unfinished = most, 0
        self.one_at_a_time = ThreadPoolExecutor(1, "bodies")

    async def read(self, headers: Headers, receive: Receive, smaller: str) -> bytes:
        """The body, if it is not too large; a larger one is read to its end but not kept.

        Args:
            smaller: what to do about one that is too large.
        """
        too_large = Refused(413, f"a body of more than {MAX_BODY // 2**20} MB", "body", smaller)
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            too_large.close = await drain(receive)
            raise too_large
        chunks, size = [], 0
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refused(400, "the connection closed before the body's end", "body")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                self.unfinished += len(chunks[-1])
                if size > MAX_BODY:
                    chunks.clear()
                    too_large.close = await drain(receive)
                    raise too_large
                if not message.get("more_body"):
                    return b"".join(chunks)
                if self.unfinished > self.most:
                    what, fix = "too many large bodies at once", "wait, and send the request again"
                    raise Refused(503, what, "body", fix, retry=30)
        finally:
            self.unfinished -= size

    async def look(self, body: bytes, check: Callable[[bytes], None]) -> None:
        """Call `check`, in another thread unless the body is small.

        One thread, as what a body becomes when it is parsed is many times its size.
        """
        if len(body) <= SMALL:
            check(body)
            return
        self.unfinished += len(body)
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self.one_at_a_time, check, body)
        finally:
            self.unfinished -= len(body)


async def drain(receive: Receive) -> bool:
    """Read on, up to a bound, so that the client hears the answer instead of a broken pipe.

    Returns:
        Whether the client pauses with half a body sent: it hears the answer at once, and its
        connection is to be closed.
    """
    size = 0
    while size < DRAIN:
        try:
            async with asyncio.timeout(PATIENCE):
                message = await receive()
        except TimeoutError:
            return True
        size += len(message.get("body", b"")) or 1
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return False


class Left:
    """A `receive` of what follows a body: nothing, until the client leaves.

    Attributes:
        stop: the wish that work on its request end, which it has then.
    """

    def __init__(self, receive: Receive):
        self.receive, self.stop, self.gone = receive, Stop(), asyncio.Event()

    async def watch(self) -> None:
        """Wait for the client to leave."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.stop.wish()
        self.gone.set()

    async def __call__(self) -> Message:
        """That it left, once it has."""
        await self.gone.wait()
        return {"type": "http.disconnect"}


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that tells a body which was read already, and then whatever follows it."""
    stream = BytesIO(body)

    async def again() -> Message:
        if stream.tell() > len(body) or (stream.tell() == len(body) and body):
            return await receive()
        await asyncio.sleep(0)  # whoever parses what it is given lets others have their turn
        chunk = stream.read(STEP)
        more = stream.tell() < len(body)
        if not body:
            stream.seek(1)  # an empty body is told once
        return {"type": "http.request", "body": chunk, "more_body": more}

    return again
