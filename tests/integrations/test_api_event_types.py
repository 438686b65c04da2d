"""The catalogue, the registry and the code that publishes name the same events."""

import ast
from pathlib import Path

import pytest

from app.core import events
from app.core.settings import Settings
from app.integrations.client import MAX_PAYLOAD
from app.integrations.domain import EVENT_TYPES, MAX_BODY
from app.main import create_app
from tests.builders import Plant

APP = Path(__file__).resolve().parents[2] / "app"


def used() -> set[str]:
    """Every name the code mentions outside the modules that declare events."""
    trees = (ast.parse(path.read_text()) for path in APP.rglob("*.py") if path.stem != "events")
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {n.id for n in nodes if isinstance(n, ast.Name)} | {n.attr for n in nodes if isinstance(n, ast.Attribute)}


@pytest.fixture
def registered(plant: Plant) -> dict[str, type[events.Event]]:
    """What the started application registered, without events other tests made up."""
    return {name: kind for name, kind in events.EVENT_TYPES.items() if kind.__module__.startswith("app.")}


def test_the_catalogue_is_what_the_code_registers(registered: dict[str, type[events.Event]]) -> None:
    assert sorted(EVENT_TYPES) == sorted(registered)


def test_every_registered_event_is_published_somewhere(registered: dict[str, type[events.Event]]) -> None:
    mentioned = used()
    assert [name for name, kind in registered.items() if kind.__name__ not in mentioned] == []


def test_every_event_explains_itself(registered: dict[str, type[events.Event]]) -> None:
    for name, kind in registered.items():
        assert (kind.__doc__ or "").strip().endswith("."), name
        assert not (kind.__doc__ or "").startswith(f"{kind.__name__}("), name


async def test_the_catalogue_is_served_with_descriptions(plant: Plant, registered: dict[str, type[events.Event]]) -> None:
    items = (await plant.get("integration", "/v1/event-types")).json()["items"]
    served = {one["type"]: one["description"] for one in items}
    assert set(registered) <= set(served)
    assert served["endpoint.test"].startswith("A test asked for")
    assert all(served.values())


def test_the_api_document_has_a_webhook_for_every_event(settings: Settings, registered: dict[str, type[events.Event]]) -> None:
    assert set(registered) <= set(create_app(settings).openapi()["webhooks"])


def test_a_body_always_fits_what_the_sender_takes() -> None:
    assert MAX_BODY <= MAX_PAYLOAD
