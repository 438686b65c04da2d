"""The webhooks section: one entry an event type, with the body and the headers as they are sent, and an example."""

from typing import Any

from pydantic import TypeAdapter

from app.core.events import EVENT_TYPES

IDS = ("organization_id", "event_id", "subject_id")
IDENTITY = {"type": "string", "format": "uuid"}
EXAMPLE_ID = "0190f5d0-0000-7000-8000-00000000000"
EXAMPLE_INSTANT = "2026-03-18T09:30:00Z"
EXAMPLE_WORDS = {"key": "lockout-basics", "hash": "5f2b" * 16, "kind": "module", "type": "module.completed"}
SIGNED: list[dict[str, Any]] = [
    {"name": name, "in": "header", "required": True, "description": meaning, "schema": {"type": "string"}}
    for name, meaning in (
        ("webhook-id", "The same at every attempt to send this message: keep it to recognize repeats."),
        ("webhook-timestamp", "When this attempt was signed, in seconds since 1970."),
        ("webhook-signature", "`v1,` and the base64 of an HMAC-SHA256 over id, timestamp and body; several while rotating."),
    )
]


def webhooks(schemas: dict[str, Any]) -> dict[str, Any]:
    """Every event type as a request to the receiver's endpoint; `schemas` are those of `message_schemas`."""
    return {name: {"post": _operation(name, kind, schemas)} for name, kind in sorted(EVENT_TYPES.items())}


def message_schemas() -> dict[str, Any]:
    """The bodies, and the one that stands in for facts too large to send, by component name."""
    found: dict[str, Any] = {
        "FactsOmitted": {
            "type": "object",
            "description": "Sent instead of facts larger than 20 KB; read them from `/v1/events`.",
            "required": [*IDS, "facts_omitted"],
            "properties": {**dict.fromkeys(IDS, IDENTITY), "facts_omitted": {"const": True, "type": "boolean"}},
        }
    }
    for name, kind in EVENT_TYPES.items():
        found |= _schemas(name, kind)
    return found


def _operation(name: str, kind: type[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    facts = schemas[f"{kind.__name__}Facts"]
    example = {
        "type": name,
        "timestamp": EXAMPLE_INSTANT,
        "data": {key: _sample(key, facts["properties"][key], schemas, n) for n, key in enumerate(facts["required"])},
    }
    schema = {"$ref": f"#/components/schemas/{kind.__name__}Message"}
    return {
        "operationId": "webhook_" + name.replace(".", "_"),
        "summary": _meaning(name, kind),
        "description": f"Sent to endpoints that chose `{name}`. Answer within seconds; do the work afterwards.",
        "tags": ["webhooks"],
        "parameters": SIGNED,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {"2XX": {"description": "Taken; anything else is sent again later"}},
    }


def _meaning(name: str, kind: type[Any]) -> str:
    return (kind.__doc__ or name).strip().splitlines()[0].removesuffix(".")


def _schemas(name: str, kind: type[Any]) -> dict[str, Any]:
    """The message of one event type, its facts, and whatever types those name."""
    facts = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
    named = facts.pop("$defs", {})
    told = {key: schema for key, schema in facts["properties"].items() if key not in IDS}
    facts = {
        "type": "object",
        "description": _meaning(name, kind),
        "required": [*IDS, *told],
        "properties": {**dict.fromkeys(IDS, IDENTITY), **told},
    }
    message = {
        "type": "object",
        "description": f"The body of `{name}`.",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": name, "type": "string"},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"anyOf": [{"$ref": f"#/components/schemas/{part}"} for part in (f"{kind.__name__}Facts", "FactsOmitted")]},
        },
    }
    return {**named, f"{kind.__name__}Facts": facts, f"{kind.__name__}Message": message}


def _sample(name: str, schema: dict[str, Any], schemas: dict[str, Any], number: int) -> Any:
    """A plausible value of a schema; `number` keeps the ids of one example apart."""
    if "$ref" in schema:
        return _sample(name, schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, number)
    if "anyOf" in schema:
        return _sample(name, schema["anyOf"][0], schemas, number)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [_sample(name.removesuffix("s"), schema.get("items", {}), schemas, number)]
    if schema.get("type") == "object":
        return {}
    plain = {"integer": 180, "number": 180, "boolean": True, "null": None}
    forms = {"uuid": f"{EXAMPLE_ID}{number:x}", "date-time": EXAMPLE_INSTANT, "date": EXAMPLE_INSTANT[:10]}
    words = forms.get(schema.get("format", ""), EXAMPLE_WORDS.get(name, name.replace("_", "-")))
    return plain.get(schema.get("type", ""), words)
