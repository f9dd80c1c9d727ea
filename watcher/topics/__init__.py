"""Topics: queries over articles, compiled together, matched with evidence, checked and explained.

`Ruleset.compile` and `Ruleset.match` are what runs; `validate`, `describe`, `explain` and `run_examples` answer people.
"""

from watcher.topics.check import validate
from watcher.topics.describe import describe
from watcher.topics.document import Document
from watcher.topics.explain import (
    ExampleFailure,
    ExplainedClause,
    Explanation,
    example_document,
    explain,
    run_examples,
)
from watcher.topics.faults import TopicFault, TopicsError
from watcher.topics.ruleset import Ruleset

__all__ = [
    "Document",
    "ExampleFailure",
    "ExplainedClause",
    "Explanation",
    "Ruleset",
    "TopicFault",
    "TopicsError",
    "describe",
    "example_document",
    "explain",
    "run_examples",
    "validate",
]
