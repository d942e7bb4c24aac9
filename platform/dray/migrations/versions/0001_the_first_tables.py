"""The first tables, and the locks on what the books have accepted."""

from alembic import op

from dray.migrations.first import execute

revision = "0001"
down_revision = None


def upgrade() -> None:
    execute(op.get_bind(), revision)
