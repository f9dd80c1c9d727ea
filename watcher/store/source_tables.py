"""The tables of what is known of sources beside their state; see `schema`, whose metadata they share."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, false

from watcher.store.schema import feeds, metadata, series, silences
from watcher.store.types import Id, Moment, Words

feed_marks = Table(
    "feed_marks",
    metadata,
    Column("feed", Id, ForeignKey(feeds.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("marks", LargeBinary, nullable=False),  # of the items of the last body; feeds' own
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Words, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded", Moment, nullable=False),
    Column("text", Words, nullable=False),
    Column("ended", Boolean, nullable=False, default=False, server_default=false()),
    Column("stories", Words),  # JSON of model.AlertStory, those that made it
    sqlite_autoincrement=True,
)
Index("alerts_recorded", alerts.c.recorded)
Index("alerts_of_topic", alerts.c.topic, alerts.c.id)

series_alerts = Table(
    "series_alerts",
    metadata,
    Column("alert", Id, ForeignKey(alerts.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("series", Words, ForeignKey(series.c.name), primary_key=True),
    Column("digest", Text),  # None until told
    sqlite_with_rowid=False,
)
Index(
    "series_alerts_waiting",
    series_alerts.c.series,
    series_alerts.c.alert,
    sqlite_where=series_alerts.c.digest.is_(None),
    postgresql_where=series_alerts.c.digest.is_(None),
)

silenced_alerts = Table(
    "silenced_alerts",
    metadata,
    Column("alert", Id, ForeignKey(alerts.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("series", Words, primary_key=True),
    Column("silence", Id, ForeignKey(silences.c.id), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
