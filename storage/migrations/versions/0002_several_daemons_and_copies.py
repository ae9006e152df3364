"""The second schema: several daemons on one database, and copies that a person must release."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds what the first schema lacked; each statement works on SQLite and PostgreSQL alike."""
