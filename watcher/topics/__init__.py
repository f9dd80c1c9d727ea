"""Topics: queries over articles, compiled together, matched with evidence and explained."""

from watcher.topics.document import Document
from watcher.topics.faults import TopicFault, TopicsError
from watcher.topics.ruleset import Ruleset

__all__ = ["Document", "Ruleset", "TopicFault", "TopicsError"]
