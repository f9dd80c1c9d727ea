"""A webhook receiver on loopback that records requests and answers as scripted."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `fault`: hang before it, reset the connection instead of it, or never end its body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Literal["", "hang", "reset", "endless"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """The body as JSON, checked by the reference library against this secret."""
        return Webhook(secret).verify(self.body, dict(self.headers))


@dataclass(slots=True, kw_only=True)
class Receiver:
    """A running receiver: gives its answers in turn, the last one for ever."""

    answers: Sequence[Answer]
    port: int = 0
    scheme: str = "http"
    requests: list[Received] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    open: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.open[task] = writer
        try:
            request = await _request(reader)
            answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
            self.requests.append(request)
            await self._say(answer, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            del self.open[task]

    async def stop(self) -> None:
        """Drop every connection that is still open."""
        self.stopped.set()
        for writer in self.open.values():
            writer.transport.abort()
        await asyncio.gather(*self.open)
        await asyncio.sleep(0)

    async def _say(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        if answer.fault == "hang":
            await self.stopped.wait()
        if answer.fault in {"hang", "reset"}:
            writer.transport.abort()
            return
        lines = [f"HTTP/1.1 {answer.status} Scripted", "connection: close"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if answer.fault != "endless":
            lines.append(f"content-length: {len(answer.body)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)
        await writer.drain()
        while answer.fault == "endless" and not self.stopped.is_set():
            writer.write(b"x" * 65536)
            await writer.drain()


@asynccontextmanager
async def receiver(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Serve until the block ends; 200 to everything where no answers are given."""
    running = Receiver(answers=answers or (Answer(),), scheme="https" if tls else "http")
    listening = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=tls)
    running.port = listening.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        listening.close()
        await running.stop()


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, target, _ = first.split(" ", 2)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, target=target, headers=headers, body=body)
