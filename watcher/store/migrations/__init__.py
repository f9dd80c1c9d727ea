"""Alembic's migrations, run by `watcher.store.opening`."""
