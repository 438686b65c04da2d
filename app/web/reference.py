"""The API reference as a page: rendered here from the API document, so it also works in a plant without internet."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

TEMPLATES = Path(__file__).parent / "templates"
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a body or of the parameters."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    callers: str
    parameters: list[Field]
    body: list[Field]
    example: str
    answers: list[tuple[str, str]]


def reference_page(document: dict[str, Any]) -> str:
    """The whole document as one page, grouped by tag."""
    groups: dict[str, list[Operation]] = defaultdict(list)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            groups[operation.get("tags", ["other"])[0]].append(_operation(document, path, method, operation))
    webhooks = [(name, entry["post"]["summary"]) for name, entry in document.get("webhooks", {}).items()]
    # The page is made once a process, if at all; the template engine stays out of the memory of those that never do.
    from jinja2 import Environment, FileSystemLoader, select_autoescape  # noqa: PLC0415  # see above

    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["coded"] = coded
    return templates.get_template("reference.html").render(
        title=document["info"]["title"], version=document["info"]["version"], groups=dict(groups), webhooks=webhooks
    )


def coded(text: str) -> str:
    """Text of the document as HTML: safe, with what stands between backticks as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415  # comes with the template engine, as late as it

    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts))


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = next((c.get("schema", {}) for c in content.values()), {})
    shape = _resolve(document, schema)
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", operation["operationId"]),
        description=operation.get("description", ""),
        callers=_callers(operation.get("x-policy") or {}),
        parameters=[
            Field(p["name"], f"{p['in']}, {_kind(p.get('schema', {}))}", p.get("required", False), p.get("description", ""))
            for p in operation.get("parameters", [])
        ],
        body=_fields(shape),
        example=_example(shape),
        answers=[(code, answer.get("description", "")) for code, answer in sorted(operation["responses"].items())],
    )


def _callers(policy: dict[str, Any]) -> str:
    if policy.get("public"):
        return "anybody"
    parts = [role.replace("_", " ") for role in policy.get("roles", [])]
    parts += ["each person about themself"] if policy.get("own") else []
    parts += [f"key with {policy['scope']}"] if policy.get("scope") else []
    return ", ".join(parts)


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for _ in range(DEEPEST):
        reference = schema.get("$ref")
        if reference is None:
            break
        schema = document["components"]["schemas"].get(reference.rsplit("/", 1)[1], {})
    return schema


def _fields(shape: dict[str, Any]) -> list[Field]:
    needed = set(shape.get("required", []))
    return [
        Field(name, _kind(value), name in needed, value.get("description", ""))
        for name, value in shape.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or schema.get("const") or "value")


def _example(shape: dict[str, Any]) -> str:
    found = (shape.get("examples") or [None])[0]
    return "" if found is None else orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()
