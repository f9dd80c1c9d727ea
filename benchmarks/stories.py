"""How much CPU it takes to find an article's story, by how many articles are stored and how many are within the window.

    python benchmarks/stories.py [--articles 10000 100000 1000000] [--looks 300] [--reach all window]

Articles come at an even pace; `window` prunes what is older than five days of a hundred (as the daemon does), `all`
keeps every article within the window. Each look-up asks the store for candidates and decides on their texts, as the
read job does; beside it a loop that hashes the text only. Texts are those of the tests' generated wire.
"""

import argparse
import asyncio
import multiprocessing
import random
import sqlite3
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.wire import copy_of, report
from watcher.store import open_store
from watcher.store.stories import COMMON
from watcher.stories import Arrival, Joined, assign, signature

START = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
SPAN = timedelta(days=100)
WINDOW = timedelta(days=5)
POOL = 2_000  # texts that are written once; the others are like them with shingles of their own
BATCH = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one size came to; milliseconds of CPU, megabytes of memory, bytes on disk."""

    median: float
    worst: float
    right: int
    memory: float
    rows: int
    size: int


def micros(moment: datetime) -> int:
    """As the store keeps times."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def pool(rng: random.Random) -> list[tuple[str, tuple[int, ...], bytes]]:
    """Texts with their signatures, as the store keeps them."""
    texts = [
        "\n".join([*report(rng).paragraphs, *report(rng).paragraphs, *report(rng).paragraphs]) for _ in range(POOL)
    ]
    return [(text, signature(text), zlib.compress(text.encode())) for text in texts]


def fill(path: Path, texts: list[tuple[str, tuple[int, ...], bytes]], articles: int, *, prune: bool) -> None:
    """Put articles into an empty store, the newest last; the first POOL texts belong to the newest ones."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-200000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    rng = random.Random(7)  # noqa: S311 - the same store each time
    step = SPAN / articles if prune else WINDOW / (articles + 1)
    connection.execute("CREATE TEMP TABLE unsorted (hash INTEGER, seen INTEGER, article TEXT)")
    common: Counter[int] = Counter()
    for low in range(0, articles, BATCH):
        connection.execute("BEGIN")
        for number in range(low, min(articles, low + BATCH)):
            seen = START - (articles - number) * step
            known = articles - number <= POOL
            _, hashes, packed = texts[articles - number - 1] if known else texts[number % POOL]
            name = f"a{number:015}"
            connection.execute("INSERT INTO stories (id, founded, credited) VALUES (?, ?, 0)", (name, micros(seen)))
            connection.execute(ARTICLE, (name, f"https://x/{number}", str(number), name, *[micros(seen)] * 4, packed))
            if not prune or START - seen <= WINDOW:
                own = hashes if known else [rng.getrandbits(63) for _ in hashes]
                kept = [(value, micros(seen), name) for value in own if not known or common[value] < COMMON]
                connection.executemany("INSERT INTO unsorted VALUES (?, ?, ?)", kept)
                common.update(own if known else ())
        connection.execute("COMMIT")
    (index,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'shingles_seen'").fetchone()
    connection.execute("DROP INDEX shingles_seen")  # made at once in the end
    connection.execute("INSERT OR IGNORE INTO shingles SELECT hash, seen, article FROM unsorted ORDER BY 1, 2, 3")
    connection.execute(index)
    connection.close()


ARTICLE = (
    "INSERT INTO articles (id, url, title, text_hash, story, published, first_seen, last_seen, read_at, text, dated,"
    " full_text, told, failure_detail) VALUES (?, ?, 'Title', ?, ?, ?, ?, ?, ?, ?, 1, 1, 1, '')"
)


def apart(path: Path, within: int, looks: int) -> tuple[list[float], int, float]:
    """Look in a process of its own, whose memory is that of the look-ups; peak RSS in MB comes last."""
    texts = pool(random.Random(3))[: max(1, within)]  # noqa: S311 - the same texts each time
    took, right = asyncio.run(look(path, texts, looks))
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return took, right, int(peak.split()[1]) / 1_024


async def look(path: Path, texts: list[tuple[str, tuple[int, ...], bytes]], looks: int) -> tuple[list[float], int]:
    """Find the story of copies of these (three of four) and of new texts; CPU milliseconds, and how many were right."""
    store = open_store(f"sqlite:///{path}")
    rng = random.Random(9)  # noqa: S311 - the same articles each time
    arrivals = list(_arrivals(rng, texts, looks))
    took: list[float] = []
    right = 0
    for text, is_copy in arrivals:
        began = time.process_time()
        near = await store.story_candidates(signature(text), START - WINDOW)
        found = assign(Arrival(text=text, language="en"), near.likely, START, WINDOW)
        took.append((time.process_time() - began) * 1_000)
        right += isinstance(found, Joined) is is_copy
    await store.aclose()
    return took, right


def _arrivals(
    rng: random.Random, texts: list[tuple[str, tuple[int, ...], bytes]], looks: int
) -> Iterator[tuple[str, bool]]:
    for number in range(looks):
        if number % 4:
            paragraphs = rng.choice(texts)[0].split("\n")
            kept = [one for one in paragraphs if rng.random() > 0.2]
            yield "\n".join(["Sign up for our newsletter.", *(kept or paragraphs), "Source: AFP"]), True
        else:
            yield copy_of(rng, report(rng), 0)[1], False


def measure(articles: int, looks: int, *, prune: bool) -> Found:
    """One size of store."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder) / "store.db"
        open_store(f"sqlite:///{path}").close()
        texts = pool(random.Random(3))  # noqa: S311 - the same texts each time
        fill(path, texts, articles, prune=prune)
        within = int(articles * (WINDOW / SPAN if prune else 1)) - 1
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            took, right, memory = alone.submit(apart, path, within, looks).result()
        with sqlite3.connect(path) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM shingles").fetchone()
        connection.close()
        took.sort()
        return Found(
            median=took[len(took) // 2],
            worst=took[int(len(took) * 0.99)],
            right=right,
            memory=memory,
            rows=rows,
            size=path.stat().st_size,
        )


def baseline(looks: int) -> float:
    """Milliseconds to hash a text, median."""
    texts = pool(random.Random(3))  # noqa: S311 - the same texts each time
    took = []
    for number in range(looks):
        began = time.process_time()
        signature(texts[number % POOL][0])
        took.append((time.process_time() - began) * 1_000)
    return sorted(took)[len(took) // 2]


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--looks", type=int, default=300)
    parser.add_argument("--reach", nargs="+", choices=("window", "all"), default=["window"])
    arguments = parser.parse_args()
    print(f"hashing alone {baseline(arguments.looks):6.2f} ms")
    for reach in arguments.reach:
        for articles in arguments.articles:
            found = measure(articles, arguments.looks, prune=reach == "window")
            print(
                f"{articles:9,} stored, {reach:6} {found.rows:10,} shingles, {found.size / 1e6:7,.0f} MB: "
                f"median {found.median:5.2f} ms, 99th of 100 {found.worst:5.2f} ms, "
                f"right {found.right}/{arguments.looks}, peak RSS {found.memory:,.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
