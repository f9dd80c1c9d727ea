"""What a topic takes: its query holds, and of the figures read at least one meets its rule. Pure.

The one place where `match`, `test`, `explain`, `backtest` and the jobs ask, so that all of them give one answer.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from watcher.figures import find
from watcher.figures.former import marked
from watcher.figures.places import Places, places
from watcher.figures.rules import Demand, demands, placed
from watcher.model import Figure, Match
from watcher.settings import Example, QueryTree, Topic
from watcher.topics import (
    Document,
    ExampleFailure,
    Explanation,
    Ruleset,
    example_document,
    explain as explain_query,
    run_examples as run_queries,
)

Terms = Mapping[str, Sequence[QueryTree]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The topics an article satisfies, and the figures read in it: none where no query held."""

    matches: tuple[Match, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads figures as a config wants them, and knows which topics ask for some."""

    places: Places = field(default_factory=Places)
    demands: Mapping[str, Demand] = field(default_factory=dict)

    @classmethod
    def of(cls, topics: Sequence[Topic], terms: Terms) -> Self:
        """The reader of a config's topics."""
        rules = {topic.name: topic.figures for topic in topics if topic.figures is not None}
        known = places(terms, tuple(rules.values()))
        return cls(places=known, demands=demands(rules, known, terms))

    def read(self, text: str, language: str | None) -> tuple[Figure, ...]:
        """The figures of a text."""
        return marked(text, placed(find(text, language, places=self.places.sought), self.places))

    def figures(self, document: Document) -> tuple[Figure, ...]:
        """The figures of an article's text; where it has none, those of its title, whose places are in the title.

        Where a sentence names no place, the article's own stands in: see `Figure.home`.
        """
        found = self.read(document.text, document.language) or self.read(document.title, document.language)
        if all(one.place for one in found):
            return found
        home = self.places.home(document.title, document.text)
        return tuple(one if one.place else replace(one, home=home) for one in found) if home else found

    def reread(self, said: Sequence[Figure], language: str | None) -> Mapping[str, tuple[Figure, ...]]:
        """The figures of sentences that are no more in their text, by their words, from what was read in them before.

        What only the text around could tell, a place or a source, is as it was.
        """
        found: dict[str, tuple[Figure, ...]] = {}
        for one in said:
            if one.quote not in found:
                read = self.read(one.quote, language)
                ahead = one.start - (read[0].start if read else 0)
                found[one.quote] = tuple(
                    replace(
                        figure,
                        place=figure.place or one.place,
                        home=None if figure.place or one.place else one.home,
                        source=figure.source or one.source,
                        quote=one.quote,
                        start=figure.start + ahead,
                        end=figure.end + ahead,
                    )
                    for figure in read
                )
        return found

    def asked_first(self, topic: str, figures: Sequence[Figure]) -> tuple[Figure, ...]:
        """An article's figures, those that the topic asks for before the others."""
        demand = self.demands.get(topic)
        return tuple(figures) if demand is None else tuple(sorted(figures, key=lambda one: not demand.takes(one)))

    def takes(self, topic: str, figures: Sequence[Figure]) -> bool:
        """Whether an article with these figures is one for the topic, as far as its rule on figures says."""
        demand = self.demands.get(topic)
        return demand is None or any(demand.takes(figure) for figure in figures)

    def refusal(self, topic: str, figures: Sequence[Figure]) -> str | None:
        """Why the topic's rule on figures leaves an article out, in words; None where it does not."""
        if self.takes(topic, figures):
            return None
        if not figures:
            return "figures: none was read"
        lacking = Counter(key for figure in figures for key in self.demands[topic].lacks(figure))
        kinds = ", ".join(f"{key} ({count})" for key, count in lacking.most_common())
        return f"figures: of {len(figures)} read none meets the rule; not met: {kinds}"


class Matcher:
    """Compiled topics with their rules on figures. Safe to share between processes, as its Ruleset is."""

    def __init__(self, ruleset: Ruleset, reader: Reader) -> None:
        self.ruleset = ruleset
        self.reader = reader

    @classmethod
    def compile(cls, topics: Sequence[Topic], terms: Terms) -> Self:
        """Compile topics and the lists they use; TopicsError with every fault where a query cannot be meant."""
        return cls(Ruleset.compile(topics, terms), Reader.of(topics, terms))

    def names(self, document: Document) -> tuple[str, ...]:
        """The topics a document satisfies; figures are read only where one of them asks for some."""
        held = self.ruleset.names(document)
        if not any(topic in self.reader.demands for topic in held):
            return held
        figures = self.reader.figures(document)
        return tuple(topic for topic in held if self.reader.takes(topic, figures))

    def match(self, document: Document) -> Found:
        """The topics a document satisfies, with what each found, and its figures."""
        held = self.ruleset.match(document)
        if not held:
            return Found()
        figures = self.reader.figures(document)
        return Found(matches=tuple(one for one in held if self.reader.takes(one.topic, figures)), figures=figures)


def inflects(topics: Sequence[Topic], terms: Terms) -> bool:
    """Whether any query may look for a word in every inflection, so that a text's language is worth detecting."""
    return "~" in repr([topic.query for topic in topics]) or "~" in repr(list(terms.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An article explained: each topic, and the figures read in it."""

    topics: tuple[Explanation, ...]
    figures: tuple[Figure, ...]


def explain(topics: Sequence[Topic], terms: Terms, document: Document, reader: Reader) -> Explained:
    """Explain topics on one document; TopicsError where a query cannot be meant. `reader` is that of the config."""
    figures = reader.figures(document)
    explained = (_judged(explain_query(topic, terms, document), reader, figures) for topic in topics)
    return Explained(topics=tuple(explained), figures=figures)


def _judged(explanation: Explanation, reader: Reader, figures: tuple[Figure, ...]) -> Explanation:
    refusal = reader.refusal(explanation.topic, figures)
    if refusal is None:
        return explanation
    return replace(explanation, matched=False, excluded=(*explanation.excluded, refusal))


def run_examples(
    topics: Sequence[Topic], terms: Terms, document_of: Callable[[Example], Document] = example_document
) -> tuple[ExampleFailure, ...]:
    """The examples under `tests` that fail, in the order of the topics; TopicsError where a query cannot be meant."""
    plain = [topic for topic in topics if topic.figures is None]
    failures = [*run_queries(plain, terms, document_of)] if plain else []
    ruled = [topic for topic in topics if topic.figures is not None]
    reader = Reader.of(ruled, terms)
    for topic in ruled:
        failures += _ruled_failures(topic, terms, reader, document_of)
    order = {topic.name: number for number, topic in enumerate(topics)}
    return tuple(sorted(failures, key=lambda failure: order[failure.topic]))


def _ruled_failures(
    topic: Topic, terms: Terms, reader: Reader, document_of: Callable[[Example], Document]
) -> Iterator[ExampleFailure]:
    """The failing examples of a topic with a rule on figures."""
    held = Ruleset.compile((topic,), terms)
    for expected, examples in ((True, topic.tests.match), (False, topic.tests.no_match)):
        for example in examples:
            document = document_of(example)
            figures = reader.figures(document)
            if bool(held.names(document) and reader.takes(topic.name, figures)) is expected:
                continue
            explanation = _judged(explain_query(topic, terms, document), reader, figures)
            yield ExampleFailure(topic=topic.name, expected=expected, example=example, explanation=explanation)
