"""Alembic's door: runs on the connection it is handed (our BEGIN makes DDL part of it), and never opens one itself."""

from alembic import context

from storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
