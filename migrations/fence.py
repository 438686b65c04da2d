"""Row-level security for every table: the application role sees one organization a transaction, or nothing."""

from alembic import op

APPLICATION_ROLE = "interlude_app"
CURRENT = "(select nullif(current_setting('app.organization_id', true), '')::uuid)"


def fence(*tables: str, append_only: bool = False) -> None:
    """Enable row-level security on `tables` and grant the application role what it may do with them."""
    rights = "select, insert" if append_only else "select, insert, update, delete"
    for table in tables:
        op.execute(f'alter table "{table}" enable row level security')
        op.execute(
            f'create policy organization on "{table}" using (organization_id = {CURRENT}) '
            f"with check (organization_id = {CURRENT})"
        )
        op.execute(f'grant {rights} on "{table}" to {APPLICATION_ROLE}')
