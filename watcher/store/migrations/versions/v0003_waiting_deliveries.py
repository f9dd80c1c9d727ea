"""Deliveries that wait for quiet hours or a rate say why; a channel's latest are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the note and the index."""
    op.add_column("deliveries", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.create_index("deliveries_of_channel", "deliveries", ["channel", "created"], unique=False)
