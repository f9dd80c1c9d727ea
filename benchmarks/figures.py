"""How fast figures are read, on one core: news sentences a second, and seconds for a megabyte of what is all numbers.

    python benchmarks/figures.py [FILE.jsonl ...]

Files hold `{"id", "text", "language"?}` lines, such as those that `watcher figures --jsonl` reads; without any, the
sentences of `tests/cases/figures` are read.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from watcher.figures import find
from watcher.text.sentences import split

CASES = Path(__file__).parents[1] / "tests" / "cases" / "figures"
MEGABYTE = 1_000_000
HARD = {
    "one run of digits": "1",
    "numbers": "1 2 3 4 ",
    "grouped by commas": "1,",
    "joined by dashes": "1-",
    "open brackets": "(5 ",
    "number words": "two hundred ",
    "vague words": "thousands of ",
    "figures": "12 345 people ",
    "predicates": "killed 12 and ",
    "lines": "5 killed\n",
}


def texts(files: list[str]) -> Iterator[tuple[str, str | None]]:
    """The texts to read, each with its language where that is known."""
    for name in files:
        for line in Path(name).read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            yield item["text"], item.get("language")
    if not files:
        for path in sorted(CASES.rglob("*.yaml")):
            for text in yaml.safe_load(path.read_text(encoding="utf-8")):
                yield text, path.parent.name


def main() -> None:
    """Reads the news, then what is hard."""
    news = list(texts(sys.argv[1:]))
    sentences = sum(len(split(text)) for text, _ in news)
    for text, language in news[:50]:
        find(text, language)
    started = time.perf_counter()
    figures = sum(len(find(text, language)) for text, language in news)
    spent = time.perf_counter() - started
    print(f"{sentences} sentences, {figures} figures, {sentences / spent:,.0f} sentences/s")
    for name, piece in HARD.items():
        text = piece * (MEGABYTE // len(piece))
        started = time.perf_counter()
        found = len(find(text, "en"))
        print(f"1 MB of {name:20} {time.perf_counter() - started:6.2f} s, {found} figures")


if __name__ == "__main__":
    main()
