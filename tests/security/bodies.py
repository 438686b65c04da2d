"""Requests made from the API document alone: a body from its example or schema, with ids of our choosing put in."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.ids import new_id

# Most are UUIDs; content is named by a key and a hash.
Ids = Mapping[str, UUID | str]
JSON = "application/json"
# Names that say where a thing stands or whose it is.
PLACING = {"site_id", "work_center_id", "crew_id", "worker_id", "area_id", "station_id", "node_id"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    spec: dict[str, Any]
    document: dict[str, Any]

    @property
    def policy(self) -> dict[str, Any]:
        """The declared callers; empty when the route declares none."""
        found: dict[str, Any] = self.spec.get("x-policy") or {}
        return found

    @property
    def path_names(self) -> list[str]:
        """Names of the path's parameters in order."""
        return re.findall(r"\{(\w+)\}", self.path)

    def schema(self) -> tuple[str, dict[str, Any]] | None:
        """Media type and schema of the body; JSON where the operation takes it."""
        content = self.spec.get("requestBody", {}).get("content", {})
        if not content:
            return None
        media_type = JSON if JSON in content else next(iter(content))
        return media_type, content[media_type].get("schema", {})

    def request(self, ids: Ids) -> dict[str, Any]:
        """Method, url and body with these ids wherever an id of that name is asked for."""
        path = self.path
        for name in self.path_names:
            path = path.replace("{" + name + "}", str(ids.get(name, self._absent_value(name))))
        params = {}
        for given in self.spec.get("parameters", []):
            if given["in"] == "query" and (given.get("required") or given["name"] in ids):
                name = given["name"]
                params[name] = str(ids[name]) if name in ids else plain(self._value(given["schema"], name, ids))
        made: dict[str, Any] = {"method": self.method, "url": path, "params": params, "headers": {"If-Match": '"v1"'}}
        found = self.schema()
        if found is not None and found[0] == JSON:
            made["json"] = self.body(ids)
        elif found is not None:
            made["content"] = b"number,display_name\n1,A\n"
            made["headers"]["Content-Type"] = found[0]
        return made

    def body(self, ids: Ids) -> Any:
        """A body that should pass validation, with `ids` put in."""
        found = self.schema()
        return None if found is None else filled(self._value(found[1], "", ids), ids)

    def named_ids(self) -> set[str]:
        """Every id that the body and the query name, in the singular."""
        query = {p["name"] for p in self.spec.get("parameters", []) if p["in"] == "query"}
        return {singular(name) for name in names_in(self.body({})) | query}

    def _absent_value(self, name: str) -> str:
        for given in self.spec.get("parameters", []):
            if given["name"] == name and given["in"] == "path":
                return str(plain(self._value(given["schema"], name, {})))
        return str(new_id())

    def _value(self, schema: dict[str, Any], name: str, ids: Ids) -> Any:
        """A value of a schema: its example, else the smallest thing it allows."""
        schema = self._resolved(schema)
        for key in ("examples", "default", "const", "enum"):
            if key in schema and (key != "default" or schema[key] is not None):
                value = schema[key][0] if key in ("examples", "enum") else schema[key]
                return deepcopy(value)
        for union in ("anyOf", "oneOf", "allOf"):
            if union in schema:
                return self._value(schema[union][0], name, ids)
        if schema.get("type") == "object" or "properties" in schema:
            asked = schema.get("required", [])
            return {key: self._value(schema["properties"][key], key, ids) for key in asked}
        if schema.get("type") == "array":
            return [self._value(schema.get("items", {}), name, ids) for _ in range(schema.get("minItems", 0))]
        return scalar(schema)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema


def scalar(schema: dict[str, Any]) -> Any:
    """The smallest plain value of a schema."""
    kind, form = schema.get("type"), schema.get("format")
    if kind == "integer":
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    if kind == "number":
        return float(schema.get("minimum", 1))
    forms = {"uuid": str(new_id()), "date": "2026-03-18", "date-time": "2026-03-18T10:00:00Z", "uri": "https://example.com/hook"}
    text = forms.get(str(form), "A1")
    return text + "x" * max(0, schema.get("minLength", 0) - len(text))


def plain(value: Any) -> Any:
    """A value as a query parameter."""
    return str(value).lower() if isinstance(value, bool) else value


def filled(value: Any, ids: Ids) -> Any:
    """The value with ids put in by name (`worker_id`, `worker_ids`, `workers`), and fresh ids where a client makes its own."""
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, item in value.items():
        if key in ids and (isinstance(item, str) or item is None):
            made[key] = str(ids[key])
        elif isinstance(item, list) and singular(key) in ids and all(isinstance(entry, str) for entry in item):
            made[key] = [str(ids[singular(key)])]
        elif key in ("id", "client_id", "event_id"):
            made[key] = str(new_id())
        elif key in ("code", "number", "slug"):
            made[key] = f"T{new_id().hex[-10:]}"
        else:
            made[key] = filled(item, ids)
    return made


def singular(name: str) -> str:
    """What one entry of a list of ids is called: `worker_ids` and `workers` hold a `worker_id`."""
    stem = name.removesuffix("_ids").removesuffix("_id").removesuffix("s")
    return f"{stem}_id"


def names_in(value: Any) -> set[str]:
    """Every property name in a JSON value."""
    if isinstance(value, list):
        return set().union(*[names_in(item) for item in value])
    if not isinstance(value, dict):
        return set()
    return set(value).union(*[names_in(item) for item in value.values()])


def operations(document: dict[str, Any]) -> list[Operation]:
    """Every operation of a document."""
    return [
        Operation(spec["operationId"], method.upper(), path, spec, document)
        for path, item in document["paths"].items()
        for method, spec in item.items()
    ]
