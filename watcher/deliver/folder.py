"""Digests as files: HTML, text and JSON, each written whole or not at all."""

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from watcher import settings
from watcher.deliver import threads
from watcher.digest import Look, payload_bytes, render_html, render_text
from watcher.model import Attempt, AttemptOutcome, AttemptReason, Digest, Outgoing
from watcher.ports import Clock

_KINDS = ("html", "txt", "json")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60


class FolderChannel:
    """Writes digests into one folder."""

    def __init__(self, channel: settings.FolderChannel, look: Look, clock: Clock, *, base: Path = Path()) -> None:
        self._look = look
        self._clock = clock
        self._folder = base / channel.path

    def render(self, digest: Digest, delivery_id: str) -> bytes:
        """The files and their name in one JSON object."""
        return render_files(self._look, digest, delivery_id)

    def recipients(self) -> Sequence[str]:
        """None: a folder has no addresses."""
        return ()

    async def send(self, outgoing: Outgoing) -> Attempt:
        """Write the files, durably; the same delivery writes the same names again."""
        return await asyncio.wrap_future(threads.start(self._write, outgoing.body))

    async def probe(self) -> Attempt:
        """Whether a file can be written there."""
        return await asyncio.wrap_future(threads.start(self._try))

    def _write(self, body: bytes) -> Attempt:
        try:
            held = json.loads(body)
            name = _safe(str(held["name"]))
            files = [(f"{name}.{kind}", str(held[kind]).encode()) for kind in _KINDS]
        except (ValueError, KeyError, TypeError) as error:
            return _failed(AttemptReason.ERROR, f"the stored delivery cannot be read: {error!r}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_all(self._folder, files)
        except OSError as error:
            return _failed(AttemptReason.DISK, _words(error, self._folder))
        answer = f"{self._folder / name}.html"
        return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=answer)

    def _try(self) -> Attempt:
        trial = self._folder / f".watcher-{os.getpid()}.tmp"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            trial.write_bytes(b"")
            trial.unlink()
        except OSError as error:
            return _failed(AttemptReason.DISK, _words(error, self._folder))
        return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=str(self._folder))


def render_files(look: Look, digest: Digest, delivery_id: str) -> bytes:
    """The three files as one JSON object: `name`, and the texts under `html`, `txt`, `json`."""
    held = {
        "name": f"{digest.created.astimezone(UTC):%Y%m%dT%H%M%SZ}-{_safe(digest.series)}-{_safe(delivery_id)}",
        "html": render_html(digest, look),
        "txt": render_text(digest, look),
        "json": payload_bytes(digest, None, look.public_url).decode(),
    }
    return json.dumps(held, ensure_ascii=False).encode("utf-8", "replace")


def write_all(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files so that each is there whole or not at all, also after a loss of power; OSError where it cannot."""
    written: list[tuple[Path, Path]] = []
    try:
        for name, content in files:
            trial = folder / f".{name}.tmp"
            written.append((trial, folder / name))
            with trial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for trial, target in written:
            trial.replace(target)
        _sync(folder)
    finally:
        for trial, _ in written:
            trial.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the renames durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _safe(text: str) -> str:
    """What may stand in a file name anywhere; what was changed or cut tells itself apart by a hash."""
    safe = _UNSAFE.sub("-", text).strip("-")
    if safe == text and len(safe) <= 2 * _LONGEST:
        return safe
    return f"{safe[:_LONGEST]}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}".lstrip("-")


def _words(error: OSError, folder: Path) -> str:
    return f"{folder}: {error.strerror or error}"


def _failed(reason: AttemptReason, answer: str) -> Attempt:
    return Attempt(outcome=AttemptOutcome.RETRY, reason=reason, answer=answer)
