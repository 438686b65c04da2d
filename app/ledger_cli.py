"""`interlude ledger verify`: recompute every organization's hash chain and say what is wrong."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from rich.console import Console
from sqlalchemy import text

from app.core.runtime import Runtime
from app.core.settings import Settings
from app.paytime.service import chain

ledger = typer.Typer(no_args_is_help=True, help="The ledger's evidence against tampering.")
SLUG = text("select slug from organization where organization_id = :organization_id")
MOST_SHOWN = 20


@ledger.callback()
def _group() -> None:
    """Keep `verify` a command of its own while it is the only one."""


@ledger.command()
def verify(
    organization: Annotated[str, typer.Option(help="Only the organization with this slug.")] = "",
    heads: Annotated[Path | None, typer.Option(help="File of published heads the chain must pass through.")] = None,
) -> None:
    """Find any changed, removed, inserted or reordered entry. Exit 1 when something is wrong."""
    given = [orjson.loads(line) for line in heads.read_bytes().splitlines() if line.strip()] if heads else []
    raise typer.Exit(0 if asyncio.run(_verify(organization, given, Console())) else 1)


async def _verify(slug: str, heads: list[dict[str, Any]], console: Console) -> bool:
    runtime = Runtime.build(Settings())
    try:
        whole = True
        for organization_id in await runtime.database.organizations():
            async with runtime.database.read(organization_id) as tx:
                name = await tx.scalar(SLUG)
            if slug in ("", name):
                mine = [head for head in heads if head["organization_id"] == str(organization_id)]
                whole = await verify_one(runtime, organization_id, str(name), mine, console) and whole
        return whole
    finally:
        await runtime.stop()


async def verify_one(runtime: Runtime, organization_id: UUID, name: str, heads: list[dict[str, Any]], console: Console) -> bool:
    """Verify one organization's ledger, in short read-only transactions, and print the verdict."""
    began, links, wrong = time.monotonic(), 0, 0
    cursor: str | None = ""
    while cursor is not None:
        async with runtime.database.read(organization_id) as tx:
            step = await chain.verify(tx, cursor or None)
        links, cursor = links + step.rows, step.next
        for finding in step.findings:
            if wrong < MOST_SHOWN:
                where = f"position {finding.position}" if finding.position else ""
                console.print(f"  {finding.fault.value}: {where} {finding.entry_id or ''}", style="red", highlight=False)
            wrong += 1
    for head in heads:
        async with runtime.database.read(organization_id) as tx:
            if not await chain.passes_through(tx, int(head["position"]), bytes.fromhex(head["hash"])):
                console.print(f"  the chain no longer passes through the head of {head['day']}", style="red", highlight=False)
                wrong += 1
    async with runtime.database.read(organization_id) as tx:
        end, unsealed = await chain.head(tx)
    seconds = time.monotonic() - began
    verdict = "intact" if not wrong else f"{wrong} findings"
    rate = f"{links / seconds:,.0f} rows/s" if seconds else ""
    console.print(
        f"{name}: {verdict}; {links:,} entries linked, {unsealed} waiting, {rate}; head {end.hash.hex()}", highlight=False
    )
    return not wrong
