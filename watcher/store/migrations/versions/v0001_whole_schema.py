"""The whole schema, as first released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    _feeds()
    _articles()
    _around_articles()
    _entries()
    _notices()
    _digests()
    _deliveries()


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_check", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_times", sa.Integer(), nullable=False),
        sa.Column("last_poll", sa.BigInteger(), nullable=True),
        sa.Column("last_success", sa.BigInteger(), nullable=True),
        sa.Column("last_new", sa.BigInteger(), nullable=True),
        sa.Column("last_listed", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("polls", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("feeds_pkey")),
        sa.UniqueConstraint("url", name=op.f("feeds_url_key")),
    )
    op.create_index("feeds_due", "feeds", ["active", "gone", "next_check"], unique=False)


def _articles() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("founded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("stories_pkey")),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("dated", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("full_text", sa.Boolean(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("failure_detail", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("articles_story_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("articles_pkey")),
    )
    op.create_index("articles_of_story", "articles", ["story", "first_seen", "id"], unique=False)
    op.create_index("articles_of_text", "articles", ["text_hash", "first_seen"], unique=False)
    op.create_index("articles_published", "articles", ["published", "id"], unique=False)
    op.create_index("articles_read", "articles", ["read_at"], unique=False)
    op.create_index("articles_unseen", "articles", ["last_seen", "id"], unique=False)
    op.create_index(
        "articles_unseen_with_text",
        "articles",
        ["last_seen", "id"],
        unique=False,
        sqlite_where=sa.text("text IS NOT NULL"),
        postgresql_where=sa.text("text IS NOT NULL"),
    )


def _around_articles() -> None:
    op.create_table(
        "article_urls",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("article_urls_article_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("url", name=op.f("article_urls_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("article_urls_article"), "article_urls", ["article"], unique=False)
    op.create_table(
        "article_feeds",
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("feed", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("article_feeds_article_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["feed"], ["feeds.id"], name=op.f("article_feeds_feed_fkey")),
        sa.PrimaryKeyConstraint("article", "feed", name=op.f("article_feeds_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "article_versions",
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("replaced", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article"], ["articles.id"], name=op.f("article_versions_article_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article", "replaced", name=op.f("article_versions_pkey")),
    )
    op.create_table(
        "matches",
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"], name=op.f("matches_article_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article", "topic", name=op.f("matches_pkey")),
    )
    op.create_index("matches_of_topic", "matches", ["topic", "at"], unique=False)


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["article"], ["articles.id"], name=op.f("entries_article_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["feed"], ["feeds.id"], name=op.f("entries_feed_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("entries_pkey")),
        sa.UniqueConstraint("feed", "key", name=op.f("entries_feed_key_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("entries_article"), "entries", ["article"], unique=False)
    op.create_index(
        "entries_due",
        "entries",
        ["due", "id"],
        unique=False,
        sqlite_where=sa.text("due IS NOT NULL"),
        postgresql_where=sa.text("due IS NOT NULL"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["articles.id"], name=op.f("notices_article_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story"], ["stories.id"], name=op.f("notices_story_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("notices_pkey")),
        sa.UniqueConstraint(
            "article", "topic", "reason", "revision", name=op.f("notices_article_topic_reason_revision_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("notices_of_topic", "notices", ["topic", "recorded"], unique=False)
    op.create_index(op.f("notices_story"), "notices", ["story"], unique=False)


def _digests() -> None:
    op.create_table(
        "series",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_period", sa.Text(), nullable=True),
        sa.Column("last_end", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("series_pkey")),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("digests_pkey")),
        sa.UniqueConstraint("series", "period", name=op.f("digests_series_period_key")),
    )
    op.create_index("digests_created", "digests", ["created"], unique=False)
    op.create_table(
        "series_notices",
        sa.Column("notice", _ID, autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["digest"], ["digests.id"], name=op.f("series_notices_digest_fkey")),
        sa.ForeignKeyConstraint(
            ["notice"], ["notices.id"], name=op.f("series_notices_notice_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["series"], ["series.name"], name=op.f("series_notices_series_fkey")),
        sa.PrimaryKeyConstraint("notice", "series", name=op.f("series_notices_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("series_notices_digest"), "series_notices", ["digest"], unique=False)
    op.create_index(
        "series_notices_waiting",
        "series_notices",
        ["series", "notice"],
        unique=False,
        sqlite_where=sa.text("digest IS NULL"),
        postgresql_where=sa.text("digest IS NULL"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["digests.id"], name=op.f("deliveries_digest_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("deliveries_pkey")),
    )
    op.create_index("deliveries_created", "deliveries", ["created"], unique=False)
    op.create_index(op.f("deliveries_digest"), "deliveries", ["digest"], unique=False)
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["next_attempt", "created"],
        unique=False,
        sqlite_where=sa.text("next_attempt IS NOT NULL"),
        postgresql_where=sa.text("next_attempt IS NOT NULL"),
    )
    op.create_index("deliveries_in_state", "deliveries", ["state", "created"], unique=False)
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["deliveries.id"], name=op.f("delivery_attempts_delivery_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery", "number", name=op.f("delivery_attempts_pkey")),
    )
    op.create_table(
        "delivery_recipients",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["deliveries.id"], name=op.f("delivery_recipients_delivery_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery", "address", name=op.f("delivery_recipients_pkey")),
    )
    op.create_table(
        "memory",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("memory_pkey")),
    )
