"""The page asks for the latest matches of all topics at once."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index matches by time."""
    op.create_index("matches_latest", "matches", ["at"])
