"""Stories: sampled shingles by which copies are found, voices, events, and notices that wait for a second voice."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what stories need."""
    op.create_table(
        "shingles",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "seen", "article", name=op.f("shingles_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("shingles_seen", "shingles", ["seen"], unique=False)
    op.create_table(
        "held_notices",
        sa.Column("notice", _ID, autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("held_notices_notice_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["series"], ["series.name"], name=op.f("held_notices_series_fkey")),
        sa.PrimaryKeyConstraint("notice", "series", name=op.f("held_notices_pkey")),
        sqlite_with_rowid=False,
    )
    for name in ("event", "voice", "voice_name", "gist"):
        op.add_column("stories", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("stories", sa.Column("credited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("stories_event", "stories", ["event"], unique=False)
    op.drop_index("articles_of_text", table_name="articles")
