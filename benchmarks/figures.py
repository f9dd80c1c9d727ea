"""How fast figures are read, on one core: news sentences a second, and seconds for a megabyte of what is hard to read.

CPU time counts. Beside the seconds stands how much longer a megabyte takes than half of one: 2 where time is linear.

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
from watcher.figures.lexicon import LANGUAGES
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
    "great numbers": "two hundred thousand million ",
    "words": "the army of the north went on ",
    "phrases not ended": "12 stayed in the old big grey ",
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
    for language in LANGUAGES:
        find("12 killed", language)
    started = time.process_time()
    figures = sum(len(find(text, language)) for text, language in news)
    spent = time.process_time() - started
    print(f"{sentences} sentences, {figures} figures, {sentences / spent:,.0f} sentences/s")
    for name, piece in HARD.items():
        half, _ = spent_on(piece, MEGABYTE // 2)
        whole, found = spent_on(piece, MEGABYTE)
        print(f"1 MB of {name:20} {whole:6.2f} s, {whole / half:4.1f} times half, {found} figures")


def spent_on(piece: str, size: int) -> tuple[float, int]:
    """Seconds of CPU for a text of so many characters that repeats one piece, and how many figures were in it."""
    text = piece * (size // len(piece))
    started = time.process_time()
    found = len(find(text, "en"))
    return time.process_time() - started, found


if __name__ == "__main__":
    main()
