"""The delivery promise, put to the proof: the real daemon, receivers that fail at random, SIGKILL, full disks, clocks.

Webhooks (one with a rate, one with quiet hours, one that answers 410), an escalation, a chat, mail to two, a folder.

    python tests/system/promise.py --kills 200 --seed 1

counts at the end what was lost, what was told twice under different ids, and whether every retry had the same bytes.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tests.helpers.command import environment  # noqa: E402 - found only once the path is set
from tests.helpers.newsroom import Item, Newsroom, newsroom  # noqa: E402
from tests.helpers.smtp import MailServer, Script, mail_server  # noqa: E402

LAUNCHER = ROOT / "tests" / "helpers" / "launcher.py"
TITLE = re.compile(r"Dispatch [a-z0-9]+x")
MAIL_FAULTS = (
    Script(),
    Script(),
    Script(recipients={"b@example.org": "450 4.2.1 busy"}),
    Script(recipients={"a@example.org": "450 4.2.1 busy", "b@example.org": "450 4.2.1 busy"}),
    Script(data="451 4.3.0 later"),
    Script(reset="data"),
    Script(reset="rcpt"),
)


DISK = 48_000_000  # bytes; a store and its digests need a few


@dataclass(kw_only=True)
class Call:
    """One call: for which channel, and what the receiver made of it. A chat's has no id but what it says."""

    channel: str
    id: str
    body: bytes
    taken: bool


class Hook:
    """A receiver that takes, refuses, hangs, breaks off, or takes and says that it did not."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.kind = True  # at the end of a run it fails no more
        self.calls: list[Call] = []
        self.faults: Counter[str] = Counter()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.faults["port closed"] += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = "" if self.kind else self.chance.choice(["", "", "drop", "hang", "reset", "500", "503", "429"])
        if fault == "drop":
            self.faults[fault] += 1
            writer.transport.abort()
            return
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        channel = head.partition("/")[2].partition(" ")[0]
        if channel == "gone" and not self.kind and self.chance.random() < 0.2:
            fault = "410"
        self.faults[fault or "took it"] += 1
        found = re.search(r"webhook-id: (\S+)", head)
        body = await reader.readexactly(int(re.findall(r"content-length: (\d+)", head)[0]))
        number = found[1] if found else hashlib.sha256(body).hexdigest()
        self.calls.append(Call(channel=channel, id=number, body=body, taken=fault not in {"410", "429", "503"}))
        if fault == "hang":
            await asyncio.sleep(1.5)
        if fault in {"hang", "reset"}:
            writer.transport.abort()
            return
        status = fault or "204"
        writer.write(
            f"HTTP/1.1 {status} X\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()


@dataclass(kw_only=True)
class Verdict:
    """What a run came to."""

    kills: int = 0
    items: int = 0
    seconds: float = 0.0
    calls: int = 0
    mails: int = 0
    files: int = 0
    full_disks: int = 0
    clock_steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.twice or self.changed)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.full_disks} full disks, {self.clock_steps} clock steps, {self.items} articles, "
            f"{self.calls} webhook calls, {self.mails} mails, {self.files} files in {self.seconds:.0f} s; "
            f"faults: {dict(self.faults)}; "
            f"lost: {len(self.lost)} {self.lost[:5]}; told twice: {len(self.twice)} {self.twice[:5]}; "
            f"retried with other bytes: {len(self.changed)} {self.changed[:5]}"
        )


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk that can be filled; None where this process may not mount one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "watcher", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    try:
        yield folder if made else None
    finally:
        if made:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


class World:
    """A news site, the receivers, and the daemon between them.

    `disk` is where the store and the folder channel are, and may be filled; None: files are kept from growing instead.
    """

    def __init__(
        self, folder: Path, disk: Path | None, seed: int, room: Newsroom, hook: Hook, mail: MailServer
    ) -> None:
        self.folder = folder
        self.disk = disk
        self.place = disk or folder
        self.chance = random.Random(seed)  # noqa: S311 - the same run again
        self.room = room
        self.hook = hook
        self.mail = mail
        self.offset = folder / "offset"
        self.verdict = Verdict()
        self.titles: set[str] = set()
        self.config = folder / "watcher.yaml"
        self.quiet = _hours(datetime.now(UTC))  # noqa: TID251 - around the present of the daemon's clock
        self.changes = 0
        self.change()
        self.step(0.0)

    def change(self) -> None:
        """Change the config: what a 410 holds is released."""
        self.changes += 1
        self.config.write_text(json.dumps(self._config()))

    def _config(self) -> dict[str, object]:
        retry = {"first": "300ms", "max": "1s", "give_up": "300d"}
        smtp = {"host": "127.0.0.1", "port": self.mail.port, "security": "none", "timeout": "1s"}
        mail = {"type": "email", "to": ["a@example.org", "b@example.org"], "from": "w@example.org", "smtp": smtp}
        base = f"127.0.0.1:{self.hook.port}"
        hook = {"type": "webhook", "url": f"http://{base}/hook", "timeout": "1s", "retry": retry}
        chat = f"json://{base}/chat?cto=1&rto=1"
        every = {"topics": ["*"], "wait": "0s", "every": "500ms", "max_stories": 10_000}
        return {
            "storage": f"sqlite:///{self.place}/watcher.db",
            "server": "off",
            "fetch": {"interval": "1s", "min_interval": "1s", "host_delay": "0ms", "allow_private": ["127.0.0.0/8"]},
            "extract": {"workers": 1, "robots": False},
            "feeds": [{"url": f"{self.room.base}/feed/main", "name": "Newsroom", "backfill": "all"}],
            "topics": {
                "war": {"query": "watchword", "severity": "critical"},
                "even": {"query": "watchword AND evenly"},
            },
            "channels": {
                "hook": hook,
                "few": {**hook, "url": f"http://{base}/few", "max_per_hour": 3600},
                "night": {**hook, "url": f"http://{base}/night", "quiet": self.quiet},
                "gone": {**hook, "url": f"http://{base}/gone", "timeout": f"{1000 + self.changes}ms"},
                "chat": {"type": "apprise", "url": chat, "timeout": "1s", "retry": retry},
                "mail": {**mail, "retry": retry},
                "files": {"type": "folder", "path": str(self.place / "files"), "retry": retry},
            },
            "digests": {
                "now": {**every, "to": ["hook", "mail", "files"]},
                "slow": {**every, "every": "3s", "to": ["few", "files"], "escalate": {"critical": ["hook"]}},
                "calm": {**every, "topics": ["war"], "to": ["night", "gone", "chat"]},
            },
        }

    def step(self, seconds: float) -> None:
        """Set the daemon's clock off by so much."""
        self.offset.write_text(str(seconds))

    def publish(self, count: int) -> None:
        """Put items of words of their own into the feed."""
        for _ in range(count):
            number = len(self.titles)
            title = f"Dispatch n{number}x"
            words = " ".join("".join(self.chance.choices("bdfgklmnprstvaeiou", k=7)) for _ in range(90))
            evenly = "evenly" if number % 2 == 0 else "oddly"
            text = f"The watchword {evenly} of {number} {words}."
            self.titles.add(title)
            self.room.publish("main", Item(slug=f"n{number}", title=title, text=text))
        self.verdict.items = len(self.titles)

    @asynccontextmanager
    async def daemon(self, limit: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
        """The real command, under the launcher."""
        command = [sys.executable, str(LAUNCHER), str(self.offset), str(limit), "-c", str(self.config), "run"]
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=environment())
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def life(self, longest: float) -> None:
        """One life of the daemon: things happen to it, and at a random moment it is killed."""
        self.publish(self.chance.randrange(3))
        self.mail.script = self.chance.choice(MAIL_FAULTS)
        if self.chance.random() < 0.3:
            self.change()
        limit = self.fill() if self.chance.random() < 0.12 else 0
        async with self.daemon(limit) as process:
            if self.chance.random() < 0.8:  # else it is killed while it starts, or soon after
                await self._at_work(process)
            end = time.monotonic() + self.chance.uniform(0.1, longest)
            while time.monotonic() < end:
                await asyncio.sleep(min(0.4, max(0.0, end - time.monotonic())))
                await self._happen()
        self.free()
        self.verdict.kills += 1

    def fill(self) -> int:
        """Let the disk be full all but a little; where there is none of ours, the most bytes that a file may have."""
        self.verdict.full_disks += 1
        room = self.chance.randrange(60_000)
        if self.disk is None:
            files = [file.stat().st_size for file in self.place.glob("watcher.db*")]
            return max([*files, 1]) + room
        stand = os.statvfs(self.disk)
        with contextlib.suppress(OSError), (self.disk / "filler").open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(1, stand.f_bavail * stand.f_frsize - room))
        return 0

    def free(self) -> None:
        """Make room again."""
        (self.place / "filler").unlink(missing_ok=True)

    async def _at_work(self, process: asyncio.subprocess.Process) -> None:
        """Until the daemon has begun to watch, whatever the machine's load; or has ended, as on a full disk."""
        log = self.folder / "log"
        before = log.stat().st_size
        for _ in range(300):
            if process.returncode is not None or b"watching" in log.read_bytes()[before:]:
                return
            await asyncio.sleep(0.1)

    async def _happen(self) -> None:
        dice = self.chance.random()
        if dice < 0.08:
            self.step(self.chance.choice([0.0, 7_200.0, -7_200.0, 172_800.0, -172_800.0]))
            self.verdict.clock_steps += 1
        elif dice < 0.11 and self.disk is not None:
            self.fill()
        elif dice < 0.18:
            await self.hook.shut()
        else:
            await self.hook.open()
        if dice > 0.5:
            self.free()
        if dice > 0.7:
            self.publish(1)

    async def settle(self, limit: float) -> None:
        """Nothing fails any more: wait for what is missing, until nothing has come for so long; hours pass."""
        self.hook.kind = True
        self.mail.script = Script()
        await self.hook.open()
        self.free()
        self.change()
        self.step(0.0)
        async with self.daemon() as process:
            start = moved = time.monotonic()
            left = self.missing()
            while left and time.monotonic() - moved < limit and process.returncode is None:
                await asyncio.sleep(0.5)
                self.step((time.monotonic() - start) // 5 * 3_600)
                if (now_left := self.missing()) != left:
                    left, moved = now_left, time.monotonic()
            await asyncio.sleep(1.0)
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 15)

    def expected(self) -> set[tuple[str, str, str]]:
        """(receiver and series, topic, title) of everything that is to be told; a mail's topics are not told apart."""
        even = {title for title in self.titles if int(title[10:-1]) % 2 == 0}
        lines = ("hook now", "few slow", "files now", "files slow")
        found = {(line, "war", title) for line in (*lines, "hook slow") for title in self.titles}
        found |= {(f"{name} calm", "war", title) for name in ("night", "gone") for title in self.titles}
        found |= {("chat", "", title) for title in self.titles}
        found |= {(line, "even", title) for line in lines for title in even}
        return found | {(f"mail {name}@example.org", "", title) for name in "ab" for title in self.titles}

    def missing(self) -> set[tuple[str, str, str]]:
        """What was not told yet."""
        return self.expected() - set(self.told())

    def told(self) -> Counter[tuple[str, str, str]]:
        """How often each was told, whatever came again under an id that had come before counted once."""
        found: Counter[tuple[str, str, str]] = Counter()
        for name, body in (*self._hooks().values(), *(("files", body) for body in self._files().values())):
            if name == "chat":  # it names an article under each of its sentences: once a message
                found.update({("chat", "", title) for title in TITLE.findall(json.loads(body)["message"])})
            else:
                found.update(_told_in(json.loads(body)["data"], name))
        for (recipient, _), content in self._mails().items():
            found.update({(f"mail {recipient}", "", title) for title in TITLE.findall(content)})
        return found

    def _hooks(self) -> dict[str, tuple[str, bytes]]:
        return {call.id: (call.channel, call.body) for call in self.hook.calls if call.taken}

    def _files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.place / "files").rglob("*.json")}

    def _mails(self) -> dict[tuple[str, str], str]:
        found = {}
        for mail in self.mail.mails:
            message = mail.parsed()
            text = message.get_body(("plain",))
            content = text.get_content() if text else ""
            for recipient in mail.recipients:
                found[recipient, str(message["Message-ID"])] = str(content)
        return found

    def judge(self) -> Verdict:
        """Count."""
        versions: dict[str, set[bytes]] = defaultdict(set)
        for call in self.hook.calls:
            versions[call.id].add(call.body)
        for mail in self.mail.mails:
            versions[str(mail.parsed()["Message-ID"])].add(mail.content)
        made = self.verdict
        made.lost = sorted(map(str, self.missing()))
        made.twice = sorted(str(one) for one, times in self.told().items() if times > 1)
        made.changed = sorted(name for name, bodies in versions.items() if len(bodies) > 1)
        made.calls, made.mails, made.files = len(self.hook.calls), len(self.mail.mails), len(self._files())
        made.faults = self.hook.faults
        return made


def _told_in(data: dict[str, object], name: str) -> Iterator[tuple[str, str, str]]:
    series = str(data["digest"])
    topics = data["topics"]
    assert isinstance(topics, list)
    for topic in topics:
        for story in topic["stories"]:
            for article in story["articles"]:
                yield f"{name} {series}", topic["topic"], article["title"]


def _hours(now: datetime) -> dict[str, str]:
    """Quiet hours from an hour ago until in an hour."""
    return {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(hours=1):%H:%M}"}


async def promise(folder: Path, *, kills: int, seed: int, longest: float = 8.0, settle: float = 60.0) -> Verdict:
    """Run the proof; the log of the daemons is `log` in the folder."""
    hook = Hook(random.Random(seed + 1))  # noqa: S311 - the same run again
    started = time.monotonic()
    await hook.open()
    with small_disk(folder / "disk") as disk:
        verdict = await _run(folder, disk, hook, kills, seed, longest, settle)
    await hook.shut()
    verdict.seconds = time.monotonic() - started
    return verdict


async def _run(
    folder: Path, disk: Path | None, hook: Hook, kills: int, seed: int, longest: float, settle: float
) -> Verdict:
    async with newsroom() as room, mail_server(Script()) as mail:
        world = World(folder, disk, seed, room, hook, mail)
        hook.kind = False
        world.publish(3)
        for _ in range(kills):
            await world.life(longest)
        await world.settle(settle)
        return world.judge()


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=8.0, help="seconds that the daemon lives at most")
    parser.add_argument("--keep", type=Path, help="a folder for the store and the log, kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        verdict = asyncio.run(promise(folder, kills=given.kills, seed=given.seed, longest=given.longest))
    print(verdict)  # noqa: T201 - what it is run for
    sys.exit(0 if verdict.kept else 1)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "default")
    _main()
