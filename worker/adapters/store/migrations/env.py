"""Alembic's entry: runs the migrations on the connection that `worker.adapters.store.engine` hands over."""

from alembic import context

from worker.adapters.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    user_module_prefix="schema.",
)
with context.begin_transaction():
    context.run_migrations()
