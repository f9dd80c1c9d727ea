"""Observations say whether their place is that of the article, and whether they tell what a number was before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two marks; what was observed so far has neither."""
    for name in ("inferred", "former"):
        op.add_column("observations", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
