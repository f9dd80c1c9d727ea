"""The tables, one schema for SQLite and PostgreSQL.

Every change here comes with a migration in `migrations/versions`; a test compares the two on both engines.
Indices are named for the question that they answer. What may be long stands last in its row: SQLite reads through it
to whatever comes behind.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from watcher.store.types import Id, Key, Moment, Packed, Words

VERSION_TABLE = "watcher_version"
"""Where the schema's version stands; its presence says that a database is ours."""

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Words, nullable=False, unique=True),
    Column("active", Boolean, nullable=False),  # in the config
    Column("next_check", Moment, nullable=False),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("body_hash", Text),
    Column("moved_to", Words),
    Column("moved_times", Integer, nullable=False, default=0),
    Column("last_poll", Moment),
    Column("last_success", Moment),
    Column("last_new", Moment),
    Column("last_listed", Moment),  # when its entries were last compared one by one
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", Moment),
    Column("error", Text),
    Column("error_detail", Words, nullable=False, default=""),
    Column("not_before", Moment),
    Column("gone", Boolean, nullable=False, default=False),
    Column("polls", BigInteger, nullable=False, default=0),
    Column("unchanged", BigInteger, nullable=False, default=0),
    Column("entries", BigInteger, nullable=False, default=0),
    Column("memory", Words, nullable=False, default=""),  # schedule's own
    Index("feeds_due", "active", "gone", "next_check"),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("founded", Moment, nullable=False),
    Column("event", Text, index=True),  # the first story that reports it; None where it is the first itself
    Column("voice", Words),
    Column("voice_name", Words),
    Column("credited", Boolean, nullable=False, default=False, server_default=false()),
    Column("gist", Words),  # JSON of the stories' own; only where a topic matched
)

shingles = Table(
    "shingles",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("seen", Moment, primary_key=True, index=True),  # when the article was first read; old ones are pruned
    Column("article", Text, primary_key=True),
    sqlite_with_rowid=False,
)

articles = Table(
    "articles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Words, nullable=False),  # canonical; unique through article_urls
    Column("title", Words, nullable=False),
    Column("author", Words),
    Column("published", Moment, nullable=False),
    Column("dated", Boolean, nullable=False),
    Column("language", Words),
    Column("full_text", Boolean, nullable=False),
    Column("text_hash", Text, nullable=False),
    Column("story", Text, ForeignKey(stories.c.id), nullable=False),
    Column("told", Boolean, nullable=False),  # whether any of its entries was to be told
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("read_at", Moment, nullable=False),
    Column("failure", Text),
    Column("failure_detail", Words, nullable=False, default=""),
    Column("text", Packed),  # None once retention took it
)
Index("articles_of_story", articles.c.story, articles.c.first_seen, articles.c.id)
Index("articles_read", articles.c.read_at)
Index("articles_published", articles.c.published, articles.c.id)
Index("articles_unseen", articles.c.last_seen, articles.c.id)
Index(
    "articles_unseen_with_text",
    articles.c.last_seen,
    articles.c.id,
    sqlite_where=articles.c.text.is_not(None),
    postgresql_where=articles.c.text.is_not(None),
)

article_urls = Table(
    "article_urls",
    metadata,
    Column("url", Key, primary_key=True),  # the canonical one included
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

article_feeds = Table(
    "article_feeds",
    metadata,
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), primary_key=True),
    Column("feed", Id, ForeignKey(feeds.c.id), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

article_versions = Table(
    "article_versions",
    metadata,
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), primary_key=True),
    Column("replaced", Moment, primary_key=True),
    Column("title", Words, nullable=False),
    Column("text", Packed),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed", Id, ForeignKey(feeds.c.id), nullable=False),
    Column("key", Key, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("due", Moment),  # when it is to be read; None once it was
    Column("edited", Boolean, nullable=False, default=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), index=True),
    Column("content", Packed(level=1)),  # of model.NewEntry, only while due
    UniqueConstraint("feed", "key"),
    sqlite_autoincrement=True,
)
Index(
    "entries_due",
    entries.c.due,
    entries.c.id,
    sqlite_where=entries.c.due.is_not(None),
    postgresql_where=entries.c.due.is_not(None),
)

matches = Table(
    "matches",
    metadata,
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), primary_key=True),
    Column("topic", Words, primary_key=True),
    Column("evidence", Words, nullable=False),  # JSON of model.Match
    Column("at", Moment, nullable=False),  # of the reading that found it so
)
Index("matches_of_topic", matches.c.topic, matches.c.at)
Index("matches_latest", matches.c.at)

observations = Table(
    "observations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Words, nullable=False),
    Column("unit", Text, nullable=False),
    Column("subject", Text, nullable=False),  # empty where none is told, as is `place`
    Column("place", Key, nullable=False),
    Column("modality", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("value", Float(53), nullable=False),
    Column("low", Float(53)),
    Column("high", Float(53)),
    Column("vague", Boolean, nullable=False),
    Column("qualifier", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("settled", Boolean, nullable=False),  # told, or taken as known
    Column("current", Boolean, nullable=False),  # the article still says so
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("source", Words),
    Column("quote", Words, nullable=False),
    Column("inferred", Boolean, nullable=False, server_default=false()),  # the place is that of the article
    Column("former", Boolean, nullable=False, server_default=false()),  # told as what it was before
    sqlite_autoincrement=True,
)
_of_series = tuple(observations.c[name] for name in ("topic", "unit", "subject", "place", "modality"))
Index("observations_of_series", *_of_series, observations.c.at)
Index("observations_highest", *_of_series, observations.c.flow, observations.c.value)
Index("observations_of_article", observations.c.article, observations.c.topic)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Words, nullable=False),
    Column("article", Text, ForeignKey(articles.c.id, ondelete="CASCADE"), nullable=False),
    Column("story", Text, ForeignKey(stories.c.id), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("recorded", Moment, nullable=False),
    UniqueConstraint("article", "topic", "reason", "revision"),
    sqlite_autoincrement=True,
)
Index("notices_of_topic", notices.c.topic, notices.c.recorded)

series = Table(
    "series",
    metadata,
    Column("name", Words, primary_key=True),
    Column("active", Boolean, nullable=False),  # in the config
    Column("started", Moment, nullable=False),
    Column("number", Integer, nullable=False, default=0),
    Column("last_period", Text),
    Column("last_end", Moment),
)

digests = Table(
    "digests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("series", Words, nullable=False),
    Column("period", Text, nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("created", Moment, nullable=False),
    Column("snapshot", Packed),  # JSON of model.Digest; None once retention took it
    UniqueConstraint("series", "period"),
)
Index("digests_created", digests.c.created)

series_notices = Table(
    "series_notices",
    metadata,
    Column("notice", Id, ForeignKey(notices.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("series", Words, ForeignKey(series.c.name), primary_key=True),
    Column("digest", Text, ForeignKey(digests.c.id), index=True),  # None until told
    sqlite_with_rowid=False,
)
Index(
    "series_notices_waiting",
    series_notices.c.series,
    series_notices.c.notice,
    sqlite_where=series_notices.c.digest.is_(None),
    postgresql_where=series_notices.c.digest.is_(None),
)

held_notices = Table(  # until a second voice tells the event; then series_notices
    "held_notices",
    metadata,
    Column("notice", Id, ForeignKey(notices.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("series", Words, ForeignKey(series.c.name), primary_key=True),
    sqlite_with_rowid=False,
)

silences = Table(
    "silences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Words, nullable=False),  # empty: every topic
    Column("story", Text),
    Column("place", Words),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("why", Words, nullable=False),
    Column("author", Words, nullable=False),
    Column("origin", Text, nullable=False, default=""),  # of one of the config's: a hash of what it says
    sqlite_autoincrement=True,
)
Index("silences_until", silences.c.ends)

silenced_notices = Table(
    "silenced_notices",
    metadata,
    Column("notice", Id, ForeignKey(notices.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("series", Words, primary_key=True),
    Column("silence", Id, ForeignKey(silences.c.id), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, ForeignKey(digests.c.id), nullable=False, index=True),
    Column("channel", Words, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("next_attempt", Moment),  # None unless pending
    Column("attempts", Integer, nullable=False, default=0),
    Column("note", Words, nullable=False, default=""),  # why it waits, or what it became a part of
    Column("body", LargeBinary, nullable=False),  # empty while it waits
)
Index(
    "deliveries_due",
    deliveries.c.next_attempt,
    deliveries.c.created,
    sqlite_where=deliveries.c.next_attempt.is_not(None),
    postgresql_where=deliveries.c.next_attempt.is_not(None),
)
Index("deliveries_created", deliveries.c.created)
Index("deliveries_of_channel", deliveries.c.channel, deliveries.c.created)
Index("deliveries_in_state", deliveries.c.state, deliveries.c.created)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery", Text, ForeignKey(deliveries.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("answer", Words, nullable=False),
)

delivery_recipients = Table(
    "delivery_recipients",
    metadata,
    Column("delivery", Text, ForeignKey(deliveries.c.id, ondelete="CASCADE"), primary_key=True),
    Column("address", Words, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("outcome", Text),  # None until an attempt was made
    Column("answer", Words, nullable=False, default=""),
)

memory = Table(
    "memory",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Words, nullable=False),
)
