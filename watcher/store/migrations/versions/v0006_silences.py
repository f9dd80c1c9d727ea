"""Silences, and the notices that they keep from being told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "silences",
        sa.Column("id", _ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("silences_pkey")),
        sqlite_autoincrement=True,
    )
    op.create_index("silences_until", "silences", ["ends"], unique=False)
    op.create_table(
        "silenced_notices",
        sa.Column("notice", _ID, autoincrement=False, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("silence", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice"], ["notices.id"], name=op.f("silenced_notices_notice_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["silence"], ["silences.id"], name=op.f("silenced_notices_silence_fkey")),
        sa.PrimaryKeyConstraint("notice", "series", name=op.f("silenced_notices_pkey")),
        sqlite_with_rowid=False,
    )
