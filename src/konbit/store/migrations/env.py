"""Runs the revisions on the connection it is handed, inside the transaction that holds the upgrade's lock."""

from alembic import context

from konbit.store.tables import metadata

connection = context.config.attributes["connection"]
# SQLite can undo DDL too, once its driver is kept from committing on its own (see konbit.store.sqlite).
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
