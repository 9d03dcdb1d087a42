"""Alembic's environment and revisions; run by `konbit.store.migrate`."""
