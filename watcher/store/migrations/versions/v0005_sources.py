"""What the last body of a feed held, and alerts about sources with the series that wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "feed_marks",
        sa.Column("feed", _ID, autoincrement=False, nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feeds.id"], name=op.f("feed_marks_feed_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed", name=op.f("feed_marks_pkey")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("alerts_pkey")),
        sqlite_autoincrement=True,
    )
    op.create_index("alerts_recorded", "alerts", ["recorded"], unique=False)
    op.create_table(
        "series_alerts",
        sa.Column("alert", _ID, autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("series_alerts_alert_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["series"], ["series.name"], name=op.f("series_alerts_series_fkey")),
        sa.PrimaryKeyConstraint("alert", "series", name=op.f("series_alerts_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "series_alerts_waiting",
        "series_alerts",
        ["series", "alert"],
        unique=False,
        sqlite_where=sa.text("digest IS NULL"),
        postgresql_where=sa.text("digest IS NULL"),
    )
