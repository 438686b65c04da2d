"""Merge patches: absent fields stay, null clears what may be empty, and is refused for anything else."""

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from app.core.http.addresses import api_routes
from app.core.schemas import Patch
from app.core.settings import Settings
from app.main import create_app


def bodies(app: FastAPI) -> list[tuple[str, Any]]:
    """The body of every route that edits."""
    edits = [route for route in api_routes(app) if "PATCH" in (route.methods or ())]
    return [(route.path, route.body_field.field_info.annotation) for route in edits if route.body_field]


def test_every_edit_is_a_merge_patch(settings: Settings) -> None:
    found = bodies(create_app(settings))
    assert len(found) >= 14
    assert [path for path, body in found if not issubclass(body, Patch)] == []


def test_null_clears_only_what_may_be_empty(settings: Settings) -> None:
    for path, body in bodies(create_app(settings)):
        needed = {name for name, field in body.model_fields.items() if field.is_required()}
        assert body.clearable <= set(body.model_fields), path
        for name in set(body.model_fields) - needed:
            sent = body.model_construct(_fields_set={name}, **{name: None})
            if name in body.clearable:
                assert sent.refuse_null() is sent
            else:
                with pytest.raises(ValueError, match=f"{name} must not be null"):
                    sent.refuse_null()


def test_an_empty_patch_changes_nothing() -> None:
    class Renaming(Patch):
        name: str | None = None

    assert Renaming().changes() == {}
    assert Renaming(name="Line 1").changes() == {"name": "Line 1"}
    with pytest.raises(ValidationError, match="name must not be null"):
        Renaming(name=None)
