"""What Alembic runs. The connection comes from `dray.migrations.upgrade`, inside one transaction that it began."""

from alembic import context

from dray.migrations import VERSION_TABLE
from dray.migrations.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    compare_type=True,
    render_item=context.config.attributes.get("render_item"),
)
context.run_migrations()
