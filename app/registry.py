"""One line a feature: what it brings to the running system. Nothing else knows which features exist."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter
from sqlalchemy import MetaData
from sqlmodel import SQLModel

# Low to high. A feature contributes `models` (tables), `routes.router`, `jobs` and `events` where it has them.
FEATURES = (
    "core",
    "people",
    "identity",
    "catalog",
    "skills",
    "roster",
    "downtime",
    "paytime",
    "learning",
    "peers",
    "planning",
    "integrations",
    "privacy",
    "web",
)


def _parts(part: str) -> Iterable[str]:
    for feature in FEATURES:
        name = f"app.{feature}.{part}"
        if find_spec(name) is not None:
            yield name


def load_tables() -> MetaData:
    """Import every table and answer the metadata that holds them."""
    for name in _parts("models"):
        import_module(name)
    return SQLModel.metadata


def load_jobs() -> None:
    """Import every event and job handler so that they are registered."""
    import_module("app.core.upkeep")
    for part in ("events", "jobs"):
        for name in _parts(part):
            import_module(name)


def load_imports() -> None:
    """Import every import kind so that `/v1/imports` knows it."""
    for name in _parts("imports"):
        import_module(name)


def routers() -> list[APIRouter]:
    """Every feature's router; features with hot routes come first because matching is linear."""
    hot = ("planning", "learning")
    found = {name.split(".")[1]: import_module(name).router for name in _parts("routes")}
    order = [*hot, *(name for name in FEATURES if name not in hot)]
    return [found[name] for name in order if name in found]


def starters() -> list[Any]:
    """What each feature does when a process starts: `jobs.start(runtime)` or `service.start(runtime)`, where present."""
    found = (getattr(import_module(name), "start", None) for name in _parts("service"))
    return [start for start in found if start is not None]
