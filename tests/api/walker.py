"""Schemathesis as one caller: generated requests get real ids put in, so that they reach what lies behind validation."""

from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import schemathesis
from hypothesis import strategies as st
from schemathesis.config import ChecksConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from app.core.ids import new_id
from tests.security.bodies import filled

SEED = 20_260_318
TURNS = count()
# Made once: each new client would read the certificate store first.
READER = httpx.Client(trust_env=False)
SPAN = ("2026-03-17T00:00:00Z", "2026-03-19T00:00:00Z")
# Instants and dates of the century we take; the formats themselves know every year from 1 on.
CENTURY = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30))  # noqa: DTZ001  # hypothesis takes naive bounds
schemathesis.openapi.format("date-time", CENTURY.map(lambda at: at.isoformat(timespec="seconds") + "Z"))
schemathesis.openapi.format("date", CENTURY.map(lambda at: at.date().isoformat()))
# Refusals for what JSON Schema can say: a request that follows the document must never be refused for these.
STRUCTURAL = (
    "extra_forbidden", "string_", "int_", "float_", "bool_", "list_", "dict_", "uuid_", "enum", "literal_error",
    "greater_than", "less_than", "too_short", "too_long", "date_", "datetime_", "model_", "union_", "finite_", "none_",
)  # fmt: skip


@dataclass(slots=True)
class Walk:
    """What one caller's run saw."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    answered: dict[str, Counter[int]] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def never_answered(self) -> list[str]:
        """Operations of which no request did what it asked for."""
        return sorted(name for name, seen in self.answered.items() if not any(200 <= status < 300 for status in seen))


@dataclass(frozen=True, slots=True)
class Route:
    """What to walk: the document, where it is served, as whom, about which things, and what mends what calls break."""

    document: dict[str, Any]
    url: str
    headers: dict[str, str]
    ids: dict[str, Any]
    operations: Iterable[str]
    phases: list[str]
    examples: int
    mend: Callable[[str], None]


def walk(route: Route) -> Walk:
    """Run schemathesis with every check over the named operations and answer what it found."""
    schema = schemathesis.openapi.from_dict(with_few_keys(route.document), config=configured(route))
    seen = Walk()

    def before_call(_: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
        place_ids(case, route)

    def after_call(_: HookContext, case: Case, response: Any) -> None:
        note_answer(case, response, seen)
        route.mend(case.operation.definition.raw["operationId"])

    hooks = (before_call, after_call, filter_failure)
    for hook in hooks:
        GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, hook.__name__)
    try:
        for event in from_schema(schema.include(operation_id=list(route.operations))).execute():
            note_event(event, seen)
    finally:
        for hook in hooks:
            GLOBAL_HOOK_DISPATCHER.unregister(hook)
    return seen


def with_few_keys(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the Idempotency-Key, which one function reads for all, left in where sites are edited only."""
    made = deepcopy(document)
    for path, item in made["paths"].items():
        for spec in item.values():
            if not path.startswith("/v1/sites"):
                spec["parameters"] = [given for given in spec["parameters"] if given["name"] != "Idempotency-Key"]
    return made


def configured(route: Route) -> SchemathesisConfig:
    """Every check, one seed, nothing kept between runs."""
    # A missing If-Match is answered with 428, as RFC 6585 asks.
    checks = ChecksConfig.from_dict({"missing_required_header": {"expected-statuses": [400, 401, 403, 422, 428]}})
    project = ProjectConfig(base_url=route.url, headers=dict(route.headers), workers=1, continue_on_failure=True, checks=checks)
    project.generation.max_examples = route.examples
    project.generation.no_shrink = True
    project.generation.database = "none"
    # Other methods than these three are tested once for all addresses, in test_edges.py.
    project.phases.coverage.unexpected_methods = {"options", "trace", "put"}
    # We place real ids ourselves; what the tool learns from answers would only send the same boundaries again.
    project.phases.fuzzing.error_feedback.is_enabled = False
    project.phases.update(phases=route.phases)
    return SchemathesisConfig(seed=SEED, projects=ProjectsConfig(default=project))


def place_ids(case: Case, route: Route) -> None:
    """Real ids wherever the generated part is valid, a fresh key, and the version there is; invalid parts stay as they are."""
    meta = case.meta
    if meta is None:
        return
    collection = case.operation.path.removeprefix("/v1/").split("/")[0] + "."
    operation = case.operation.definition.raw["operationId"] + ":"
    ids = {**route.ids, **named(route.ids, collection), **named(route.ids, operation)}
    if meta.phase.name.value != "stateful":
        place_things(case, ids)
    if not meta.is_negative_at(ParameterLocation.HEADER):
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(new_id())
        if "if-match" in case.headers and not meta.is_negative_at(ParameterLocation.PATH):
            case.headers["if-match"] = version_of(case, route)


def named(ids: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The ids under names with this prefix, without it; what can be called is asked for the next one."""
    found = {name.removeprefix(prefix): value for name, value in ids.items() if name.startswith(prefix)}
    return {name: value() if callable(value) else value for name, value in found.items()}


def place_things(case: Case, ids: dict[str, Any]) -> None:
    """Ids in the path, the query and the body; chains of calls have those of what they made themselves."""
    meta = case.meta
    assert meta is not None
    if not meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters.update({name: str(ids[name]) for name in case.path_parameters if name in ids})
    if not meta.is_negative_at(ParameterLocation.QUERY):
        case.query.update({name: str(ids[name]) for name in case.query if name in ids})
        # A cursor of ours exists only after a page; a span is asked for where there is something, and not for a century.
        case.query.pop("cursor", None)
        if {"from", "to"} <= set(case.query) and next(TURNS) % 2:
            dates = "T" not in str(case.query["from"])
            case.query |= {"from": SPAN[0][:10], "to": SPAN[1][:10]} if dates else {"from": SPAN[0], "to": SPAN[1]}
    # A pack is named by its author; ids of ours in it would make it unreadable.
    if not meta.is_negative_at(ParameterLocation.BODY) and isinstance(case.body, dict) and case.operation.path != "/v1/packs":
        case.body = filled(case.body, ids)


def version_of(case: Case, route: Route) -> str:
    """The tag a careful client would send: the one it reads just before it edits."""
    path = case.formatted_path if case.method.upper() in ("PATCH", "DELETE") else case.formatted_path.rsplit("/", 1)[0]
    return READER.get(route.url + path, headers=route.headers).headers.get("etag", '"v1"')


def filter_failure(_: HookContext, failure: Failure, case: Case, response: Any) -> bool:
    """Whether a failure is one: what no schema can express is not the document's mistake."""
    kind = type(failure).__name__
    if kind == "RejectedPositiveData":
        return not breaks_a_rule(response)
    if kind == "AcceptedNegativeData" and case.operation.path == "/v1/attempt-batches":
        # A batch is taken as a whole: an unreadable item gets its verdict in the answer and does not stop the others.
        return not any(item["verdict"] == "rejected" for item in response.json()["items"])
    return True


def breaks_a_rule(response: Any) -> bool:
    """Whether valid data was refused for a rule among fields or about stored things."""
    if response.status_code in (400, 422):
        problem = response.json()
        faults = problem["errors"] or [{"code": problem["code"], "detail": problem["detail"]}]
        return not any(fault["code"].startswith(STRUCTURAL) or fault["detail"] == "Field required" for fault in faults)
    # An edit of an older version is refused like any other conflict, as is one that leaves out a version there turned out to
    # be; so is what is too much at once.
    return response.status_code in (412, 413, 428)


def note_answer(case: Case, response: Any, seen: Walk) -> None:
    """Count one answer."""
    seen.requests += 1
    seen.statuses[response.status_code] += 1
    seen.answered.setdefault(case.operation.definition.raw["operationId"], Counter())[response.status_code] += 1
    if response.status_code >= 400:
        seen.codes[f"{response.status_code} {response.json()['code']}"] += 1


def note_event(event: Any, seen: Walk) -> None:
    """Keep the first failure of each kind for each operation, and whatever stopped the tool itself."""
    if isinstance(event, events.NonFatalError):
        seen.errors.append(f"{event.label}: {event.value!r}")
    if not isinstance(event, events.ScenarioFinished):
        return
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                key = (event.recorder.cases[case_id].value.operation.label, failure.title)
                seen.failures.setdefault(key, f"{failure.message}\n{sent_and_answered(event.recorder.interactions.get(case_id))}")


def sent_and_answered(found: Any) -> str:
    """One exchange, short enough to read in a report."""
    if found is None:
        return ""
    answer = found.response.content[:600] if found.response else b""
    return f"{found.request.method} {found.request.uri[:300]} {str(found.request.body)[:500]}\n-> {answer!r}"
