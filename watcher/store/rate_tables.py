"""The tables of what is counted for topics with a rate; see `schema`, whose metadata they share."""

from sqlalchemy import Column, Index, Table, Text

from watcher.store.schema import metadata
from watcher.store.types import Moment, Words

arrivals = Table(
    "arrivals",
    metadata,
    Column("topic", Words, primary_key=True),
    Column("story", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("weighed", Moment),  # None until a decision has seen it
    Column("article", Text, nullable=False),  # that brought it; it may be gone
    sqlite_with_rowid=False,
)
Index("arrivals_of_topic", arrivals.c.topic, arrivals.c.at)
Index("arrivals_of_story", arrivals.c.story)
Index(
    "arrivals_fresh",
    arrivals.c.topic,
    sqlite_where=arrivals.c.weighed.is_(None),
    postgresql_where=arrivals.c.weighed.is_(None),
)
Index("arrivals_age", arrivals.c.at)

rates = Table(
    "rates",
    metadata,
    Column("topic", Words, primary_key=True),
    Column("state", Words, nullable=False),  # of watcher.rates
)
