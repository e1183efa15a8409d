"""Alembic's entry: run revisions on the connection handed in, or on the installation's database (development)."""

from alembic import context
from sqlalchemy import Connection

from app import migrations
from app.audit.protection import protect, release
from app.database import open_database
from app.settings import Settings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=migrations.all_tables(),
        render_as_batch=True,
        compare_type=True,
        user_module_prefix=None,
    )
    with context.begin_transaction():
        release(connection)  # a migration may have to rewrite what nobody else may
        context.run_migrations()
    # Not while a revision is only being compared or written down: then there may be no table yet.
    if context.get_context().get_current_revision() is not None:
        protect(connection)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = open_database(Settings())
    with migrations.migration_engine(database).begin() as opened:
        run(opened)
