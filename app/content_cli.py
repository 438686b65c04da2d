"""`interlude content`: check packs, write the schemas of their files, load a pack into an organization."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from app.catalog import service
from app.catalog.domain import LoadOptions, LoadReport, Pack
from app.catalog.pack.finding import PackRefused, errors
from app.catalog.pack.lint import lint_folder
from app.catalog.pack.load import load_pack
from app.catalog.pack.schema import stale_schemas, write_schemas
from app.core.runtime import Runtime
from app.core.settings import Settings

BY_SLUG = text("select organization_by_slug(:slug)")
SCHEMAS = Path("content/schema")

content = typer.Typer(no_args_is_help=True, help="Check and load content packs.")


@content.command()
def lint(path: Annotated[Path, typer.Argument(help="A pack's folder, or a folder of packs.")]) -> None:
    """Say what is wrong with packs; exit 1 when something keeps one from being loaded."""
    findings = lint_folder(path, datetime.now(UTC).date())
    for finding in findings:
        typer.echo(str(finding))
    refused = len(errors(findings))
    typer.echo(f"{path}: {refused} errors, {len(findings) - refused} warnings")
    if refused:
        raise typer.Exit(1)


@content.command()
def schema(
    *,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the files are up to date.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the schemas are.")] = SCHEMAS,
) -> None:
    """Write the JSON Schemas of the pack files."""
    if not check:
        typer.echo(f"{len(write_schemas(folder))} schemas written to {folder}")
        return
    stale = stale_schemas(folder)
    for name in stale:
        typer.echo(f"{folder / name} differs from the code: run `interlude content schema`")
    if stale:
        raise typer.Exit(1)


@content.command()
def load(
    path: Annotated[Path, typer.Argument(help="A pack's folder.")],
    organization: Annotated[str, typer.Option(help="The organization's short name (slug).")],
    *,
    retire_missing: Annotated[bool, typer.Option(help="Retire what the pack no longer holds.")] = False,
    restore_retired: Annotated[bool, typer.Option(help="Offer retired content of the pack again.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would change.")] = False,
) -> None:
    """Publish a pack in an organization; loading the same pack again changes nothing."""
    try:
        pack = load_pack(path)
    except PackRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from refused
    options = LoadOptions(retire_missing=retire_missing, restore_retired=restore_retired, dry_run=dry_run)
    report = asyncio.run(publish(Settings(), pack, organization, options))
    for line in report.lines:
        typer.echo(f"{line.verdict:<13} {line.kind} {line.key} {line.hash[:12]}")
    typer.echo(f"{report.pack} {report.pack_version}: catalog version {report.catalog_version}")


async def publish(settings: Settings, pack: Pack, slug: str, options: LoadOptions) -> LoadReport:
    """Load a pack into the organization with this short name. Raises typer.BadParameter when there is none."""
    runtime = Runtime.build(settings)
    try:
        async with runtime.database.unfenced() as connection:
            found = (await connection.execute(BY_SLUG, {"slug": slug})).scalar()
        if found is None:
            raise typer.BadParameter(f"there is no organization {slug}", param_hint="--organization")
        async with runtime.database.write(UUID(str(found))) as tx:
            return await service.load_pack(tx, pack, options)
    finally:
        await runtime.stop()
