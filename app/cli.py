"""The command line: `interlude serve | worker | migrate | openapi | content | ledger | plan | demo | tour | bench | chaos`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.content_cli import content
from app.core.settings import Settings
from app.ledger_cli import ledger

main = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
main.add_typer(content, name="content")
main.add_typer(ledger, name="ledger")
plan = typer.Typer(no_args_is_help=True, help="Look at plans.")
main.add_typer(plan, name="plan")


@plan.callback()
def look_at_plans() -> None:
    """Look at plans."""


@plan.command("show")
def show_plan(
    line: Annotated[str, typer.Option(help="Code or id of the work center.")] = "L1",
    day: Annotated[str, typer.Option(help="Local day, such as 2026-03-18; today without it.")] = "",
    plan_id: Annotated[str, typer.Option("--plan", help="The plan; the newest that holds the day without it.")] = "",
    url: Annotated[str, typer.Option(help="Where the API is; the demo of this folder without it.")] = "",
    token: Annotated[str, typer.Option(envvar="INTERLUDE_TOKEN", hidden=True)] = "",
) -> None:
    """Print one line's day. With --url the access token or key is read from INTERLUDE_TOKEN."""
    from rich.console import Console

    from app import plan_cli

    if not plan_cli.run(Console(), line, day, plan_id, url, token):
        raise typer.Exit(1)


@main.command()
def serve(workers: Annotated[int, typer.Option(help="API processes.")] = 1) -> None:
    """Run the API."""
    import uvicorn  # keeps the other commands quick

    settings = Settings()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="app.core.http.protocol:BoundedHead",
        timeout_graceful_shutdown=20,
        timeout_keep_alive=30,
        access_log=False,
        server_header=False,
        log_level="warning",
    )


@main.command()
def worker() -> None:
    """Run background jobs."""
    from app import worker as process

    process.main(Settings())


@main.command()
def migrate(revision: str = "head") -> None:
    """Bring the database to a revision, with the owner's connection."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config("alembic.ini"), revision)


@main.command()
def restored() -> None:
    """Make a database that was restored from a dump serve again, with the owner's connection; nothing else may run."""
    from app.restoring import begin_anew

    events = begin_anew(Settings().owner_url)
    typer.echo(f"{events} restored events begin this cluster's history; start the service, then verify the ledger.")


@main.command()
def openapi(path: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None) -> None:
    """Write the API document."""
    from app.main import create_app, described

    settings = Settings(environment="development", database_url="postgresql://nobody@127.0.0.1/none")
    text = json.dumps(described(create_app(settings)), indent=1, sort_keys=True)
    if path is None:
        sys.stdout.write(text + "\n")
    else:
        path.write_text(text + "\n")


@main.command()
def demo(
    port: Annotated[int | None, typer.Option(help="Port of the API; 8000 or PORT by default.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the demo.")] = False,
) -> None:
    """Start a demo plant on this machine and say whom to sign in as."""
    from rich.console import Console

    from app.demo import command
    from app.demo.client import Refused
    from app.demo.processes import DemoFailed

    console = Console()
    try:
        if stop:
            command.stop(console)
        else:
            command.run(command.chosen_port(port), console)
    except (DemoFailed, Refused) as error:
        console.print(f"[bold red]The demo did not start:[/] {error}")
        raise typer.Exit(1) from error


@main.command()
def tour(port: Annotated[int | None, typer.Option(help="Port of a demo that must be started first.")] = None) -> None:
    """Walk the main job end to end against the demo; exit 1 on any difference."""
    from rich.console import Console

    from app.demo.client import Refused
    from app.demo.command import chosen_port
    from app.demo.processes import DemoFailed
    from app.tour import command

    console = Console()
    try:
        differences = command.run(chosen_port(port), console)
    except (DemoFailed, Refused) as error:
        console.print(f"[bold red]The tour stopped:[/] {error}", highlight=False)
        raise typer.Exit(1) from error
    raise typer.Exit(1 if differences else 0)


if __name__ == "__main__":
    main()
