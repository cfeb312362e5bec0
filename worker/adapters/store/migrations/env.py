"""Alembic's entry: runs the migrations on the connection that `worker.adapters.store.engine` hands over."""

from typing import Any

from alembic import context

from worker.adapters.store.schema import metadata


def _is_compared(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave out the index of the search: no description of tables fits both databases."""
    return not (kind == "table" and (name or "").startswith("post_search"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    user_module_prefix="schema.",
    include_object=_is_compared,
)
with context.begin_transaction():
    context.run_migrations()
