"""Names of the document's schemas as a generated client will show them: `WorkerPage`, never `Listing_WorkerOut_`."""

import re
from collections.abc import Callable
from typing import Any

PREFIX = "#/components/schemas/"
PAGE = re.compile(r"\AListing_(\w+?)(?:Out)?_\Z")
# FastAPI writes the module where two features chose one name for different things.
MANGLED = re.compile(r"\Aapp__([a-z]+)__\w+?__([A-Z]\w*)\Z")
# ... and this where a type is first met in an answer or a body.
BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
SIDED = re.compile(r"\A(\w+)-(?:Output|Input)\Z")


def readable(document: dict[str, Any]) -> Any:
    """The document with each schema under a name that can stand in code, its title the same."""
    schemas = document["components"]["schemas"]
    names = {old: _name(old, schemas) for old in schemas}
    renamed: dict[str, Any] = {}
    for old, new in names.items():
        if new in renamed and renamed[new] != {**schemas[old], "title": new}:
            raise ValueError(f"Two schemas would be called {new}; rename one of their classes.")
        renamed[new] = {**schemas[old], "title": new}
    document["components"]["schemas"] = dict(sorted(renamed.items()))
    return _replaced(document, lambda reference: PREFIX + names[reference.removeprefix(PREFIX)])


def _name(old: str, schemas: dict[str, Any]) -> str:
    if page := PAGE.match(old):
        return f"{page[1]}Page"
    if sided := SIDED.match(old):
        twins = [name for name in schemas if MANGLED.match(name) and schemas[name] == schemas[old]]
        return _name(twins[0], schemas) if twins else sided[1] + old.rsplit("-", 1)[1]
    if mangled := MANGLED.match(old):
        return mangled[1].title() + mangled[2]
    return old


def _bounded(schema: dict[str, Any]) -> dict[str, Any]:
    """Pydantic writes bounds under its own names where a validator runs before them."""
    if schema.get("type") not in ("integer", "number"):
        return schema
    return {BOUNDS.get(key, key): item for key, item in schema.items()}


def _keyed(schema: dict[str, Any]) -> dict[str, Any]:
    """A map of named things, whose keys follow one pattern: other keys are refused, and clients understand it so."""
    patterns = schema.get("patternProperties")
    if not isinstance(patterns, dict) or len(patterns) != 1 or "additionalProperties" in schema:
        return schema
    ((pattern, item),) = patterns.items()
    kept = {key: value for key, value in schema.items() if key != "patternProperties"}
    return {**kept, "propertyNames": {**kept.get("propertyNames", {}), "pattern": pattern}, "additionalProperties": item}


def _replaced(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_replaced(item, rename) for item in value]
    if not isinstance(value, dict):
        return value
    value = _keyed(_bounded(value))
    return {
        key: rename(item) if key == "$ref" and isinstance(item, str) and item.startswith(PREFIX) else _replaced(item, rename)
        for key, item in value.items()
    }
