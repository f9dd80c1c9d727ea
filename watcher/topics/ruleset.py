"""All topics compiled into one matcher, so that a document costs little more with ten thousand topics than with ten."""

from collections.abc import Mapping, Sequence
from typing import Self

from watcher.model import Match
from watcher.settings import QueryTree, Topic
from watcher.text.words import Words
from watcher.topics.book import read_book
from watcher.topics.document import Document, Reading
from watcher.topics.evidence import evidence
from watcher.topics.faults import TopicsError
from watcher.topics.plan import Plan, Planner
from watcher.topics.syntax import Node
from watcher.topics.wake import Waker


class Ruleset:
    """Compiled topics. Safe to share between processes; matching leaves nothing behind but caches."""

    def __init__(self, topics: Sequence[tuple[Topic, Node]], lists: Mapping[str, Node], source: object) -> None:
        self._topics = tuple(topics)
        self._lists = dict(lists)
        self._source = source
        self._planner = Planner(self._lists)
        self.plans: list[Plan] = [self._planner.plan(node) for _, node in self._topics]
        self.waker = Waker(self.plans)

    @classmethod
    def compile(cls, topics: Sequence[Topic], terms: Mapping[str, Sequence[QueryTree]]) -> Self:
        """Compile topics and the lists they use; TopicsError with every fault where a query cannot be meant."""
        book = read_book(topics, terms)
        broken = [each for each in book.faults if not each.fault.warning]
        if broken:
            raise TopicsError(broken)
        return cls(book.topics, book.lists, (tuple(topics), dict(terms)))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self).compile, self._source)

    def names(self, document: Document) -> tuple[str, ...]:
        """The topics a document satisfies, in their order: `match` without the evidence, and quicker."""
        return tuple(self._topics[number][0].name for number in self._holding(Reading(document)))

    def match(self, document: Document) -> tuple[Match, ...]:
        """The topics a document satisfies, in their order, with what each found."""
        reading = Reading(document)
        return tuple(
            Match(topic=topic.name, evidence=evidence(node, self._planner, self._lists, reading))
            for topic, node in (self._topics[number] for number in self._holding(reading))
        )

    def _holding(self, reading: Reading) -> list[int]:
        topics, plans, document = self._topics, self.plans, reading.document
        return [
            number
            for number in self.waker.candidates(reading)
            if plans[number].holds(reading) and not exclusions(topics[number][0], document)
        ]


def exclusions(topic: Topic, document: Document) -> tuple[str, ...]:
    """Why a topic's options leave a document out; they hold only against what the document names."""
    reasons = []
    if topic.feeds and (document.feeds is not None or document.tags is not None):
        named = {*(document.feeds or ()), *(document.tags or ())}
        if not named.intersection(topic.feeds):
            came = ", ".join(sorted(named)) or "none"
            reasons.append(f"feeds: [{', '.join(topic.feeds)}] takes none of the article's feeds and tags: {came}")
    if topic.languages and document.language and not any(speaks(document.language, each) for each in topic.languages):
        reasons.append(f"languages: [{', '.join(topic.languages)}] does not take {document.language}")
    return tuple(reasons)


def speaks(language: str, wanted: str) -> bool:
    """Whether a language tag is the one wanted, or a kind of it: `ar-IQ` is `ar`."""
    tokens, asked = Words(language).tokens, Words(wanted).tokens
    return bool(asked) and tokens[: len(asked)] == asked
