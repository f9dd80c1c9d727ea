"""Matching time as the number of topics grows: `python -m benchmarks.match`.

Made-up news of 600 words over a vocabulary with the frequencies of natural language, and topics as analysts write them:
names, which are rare, and lists of them, near words of all kinds; phrases; AND with exceptions; repeated mentions.
Measured for each number of topics, in CPU time of one core:

names, match  the ruleset, without and with evidence
each          its own exact evaluation of every topic one by one, on a document that is read once
plain         the plain evaluator of the tests, one by one (of up to 200 topics, scaled up)
re            a loop of one compiled `re` a topic, which only looks for the topic's words
bare          the automaton alone, which only finds literals

`--common` draws the names from all words too, so that far more topics match.
"""

import argparse
import random
import re
import resource
from collections.abc import Callable, Sequence
from time import process_time

from tests.helpers.direct import Direct
from watcher.settings import QueryTree, Topic
from watcher.topics import Document, Ruleset
from watcher.topics.book import read_book
from watcher.topics.document import Reading
from watcher.topics.wake import haystack

LETTERS, WEIGHTS = "etaoinshrdlucmfwypvbgkjqxz", tuple(range(27, 1, -1))
WORDS = 600
LISTS = 100


def vocabulary(rng: random.Random, size: int) -> list[str]:
    """Pseudo-words, short ones first as in natural languages."""
    made = {"".join(rng.choices(LETTERS, WEIGHTS, k=rng.randint(2, 11))) for _ in range(size * 2)}
    return sorted(made, key=lambda word: (len(word) + rng.random() * 6, word))[:size]


class News:
    """Makes texts and topics of one vocabulary, in which the n-th word stands 1/n as often as the first."""

    def __init__(self, seed: int, *, common: bool = False) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a benchmark repeats itself
        self.words = vocabulary(self.rng, 12_000)
        self.weights = [1 / (rank + 3) for rank in range(len(self.words))]
        self.named = self.words[150:]  # nobody watches the most common words
        self.named_weights = self.weights[150:]
        self.name_weights = self.named_weights if common else None
        names = [[self._name() for _ in range(6)] for _ in range(LISTS)]
        self.terms: dict[str, list[QueryTree]] = {f"names{n}": list(each) for n, each in enumerate(names)}

    def _word(self) -> str:
        return self.rng.choices(self.named, self.named_weights)[0]

    def _name(self) -> str:
        return self.rng.choices(self.named, self.name_weights)[0]

    def document(self) -> Document:
        """A title of 8 words and a text of 600, in sentences, with a typographic quote here and there."""
        words = self.rng.choices(self.words, self.weights, k=WORDS)
        for at in range(0, WORDS, 15):
            words[at] = words[at].capitalize()
            words[at - 1] += "." if at % 45 else ".”"
        return Document(title=" ".join(self.rng.choices(self.words, self.weights, k=8)), text=" ".join(words))

    def topic(self, number: int) -> Topic:
        """A query of one of five makes."""
        word, name = self._word, self._name
        makes = (
            lambda: f"$names{self.rng.randrange(LISTS)} NEAR/15 ({word()} OR {word()} OR {word()[:4]}er*)",
            lambda: " OR ".join(f'"{name()} {word()}"' for _ in range(5)),
            lambda: f"{name()} AND ({word()} OR {word()} OR {word()}) AND NOT {word()}",
            lambda: f"({name()} BEFORE/5 {word()}) OR ({name()} NEAR/10 {word()})",
            lambda: f"ATLEAST/2 {name()} AND $names{self.rng.randrange(LISTS)}",
        )
        return Topic(name=f"t{number}", title=f"t{number}", query=makes[number % len(makes)]())


def per_document(work: Callable[[Document], object], documents: Sequence[Document], seconds: float = 1.0) -> float:
    """Microseconds a document: the best of the rounds that fit into the time, at least one."""
    best, started = float("inf"), process_time()
    while best == float("inf") or process_time() - started < seconds:
        begun = process_time()
        for document in documents:
            work(document)
        best = min(best, (process_time() - begun) / len(documents))
    return best * 1e6


def loop_of_re(topics: Sequence[Topic], news: News) -> Callable[[Document], int]:
    """One compiled pattern a topic, with its words and those of its lists."""
    patterns = []
    for topic in topics:
        query = re.sub(r"\$(\w+)", lambda found: " ".join(map(str, news.terms[found.group(1)])), str(topic.query))
        words = re.findall(r"[a-z]{2,}", query)
        patterns.append(re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE))
    return lambda document: sum(pattern.search(document.text) is not None for pattern in patterns)


def measure(count: int, news: News, documents: Sequence[Document]) -> tuple[float, ...]:
    """Seconds to build, then microseconds a document of each way, then matches a document."""
    topics = [news.topic(number) for number in range(count)]
    begun = process_time()
    ruleset = Ruleset.compile(topics, news.terms)
    built = process_time() - begun
    plans, automaton = ruleset.plans, ruleset.waker.automaton

    def one_by_one(document: Document) -> int:
        reading = Reading(document)
        return sum(plan.holds(reading) for plan in plans)

    for document in documents[:5]:
        assert one_by_one(document) == len(ruleset.names(document))  # noqa: S101
    if automaton is None:
        raise SystemExit("these topics need no literal, so there is no automaton to measure")
    book = read_book(topics[:200], news.terms)

    def by_definition(document: Document) -> int:
        direct = Direct(book.lists, document)
        return sum(direct.takes(topic, node) for topic, node in book.topics)

    ready = {id(document): haystack(Reading(document)) for document in documents}
    few = documents[: max(2, 200 // count)]
    return (
        built,
        per_document(ruleset.names, documents),
        per_document(ruleset.match, documents),
        per_document(one_by_one, few, 0.0),
        per_document(by_definition, documents[:2], 0.0) * count / len(book.topics),
        per_document(loop_of_re(topics, news), few, 0.0),
        per_document(lambda each: automaton.find_matches_as_indexes(ready[id(each)], overlapping=True), documents),
        sum(len(ruleset.names(document)) for document in documents) / len(documents),
    )


def main() -> None:
    """Print the table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--common", action="store_true")
    chosen = parser.parse_args()
    news = News(chosen.seed, common=chosen.common)
    documents = [news.document() for _ in range(chosen.documents)]
    heads = ("topics", "build s", "names", "match", "each", "plain", "re", "bare", "found", "each/names", "re/names")
    print(" ".join(f"{head:>10}" for head in heads))
    first = 0.0
    for count in chosen.topics:
        built, names, *rest, found = measure(count, news, documents)
        first = first or names
        _, each, _, loop, _ = rest
        cells = (count, round(built, 2), *map(round, (names, *rest)), round(found, 1), each / names, loop / names)
        print(" ".join(f"{cell:10.4g}" if isinstance(cell, float) else f"{cell:10}" for cell in cells))
    print(
        f"microseconds a document; with {chosen.topics[-1]} topics {names / first:.1f} times as with {chosen.topics[0]}"
    )
    print(f"largest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
