"""Stories that count for topics with a rate, what was decided on them, and alerts that were silenced."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add three tables; let alerts hold stories, and tell that something is over."""
    op.create_table(
        "arrivals",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("weighed", sa.BigInteger(), nullable=True),
        sa.Column("article", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "story", name=op.f("arrivals_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("arrivals_of_topic", "arrivals", ["topic", "at"], unique=False)
    op.create_index("arrivals_of_story", "arrivals", ["story"], unique=False)
    op.create_index("arrivals_age", "arrivals", ["at"], unique=False)
    fresh = sa.text("weighed IS NULL")
    op.create_index("arrivals_fresh", "arrivals", ["topic"], unique=False, sqlite_where=fresh, postgresql_where=fresh)
    op.create_table(
        "rates",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("rates_pkey")),
    )
    op.create_table(
        "silenced_alerts",
        sa.Column("alert", _ID, autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("silence", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("silenced_alerts_alert_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["silence"], ["silences.id"], name=op.f("silenced_alerts_silence_fkey")),
        sa.PrimaryKeyConstraint("alert", "series", name=op.f("silenced_alerts_pkey")),
        sqlite_with_rowid=False,
    )
    op.add_column("alerts", sa.Column("ended", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alerts", sa.Column("stories", sa.Text(), nullable=True))
    op.create_index("alerts_of_topic", "alerts", ["topic", "id"], unique=False)
