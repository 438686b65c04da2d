"""Importing sites, areas, work centers, stations and crews, which are kept alike."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from app.core.db import WriteTransaction
from app.core.events import publish
from app.core.ids import new_id
from app.core.imports import Cells, Column, ImportRow, RowVerdict, Verdict, import_kind
from app.people.domain import PARENTS, PLACES_WRITE, PlaceKind
from app.people.events import MinimumChanged
from app.people.imports.identity import CODE, CODE_MEANING, Known, filled, refused, repeats
from app.people.store import grants
from app.people.store import places as store

EXTERNAL = Column("What the source calls it; it is found by it again.")
BY_CODE = Column("Its code, unique where it stands; without external_id it is found by it.", required=True)
NAME = Column("Its name; needed for a new one.")
SITE = Column("The code of its site.", required=True)
LINE = Column("The code of its work center.", required=True)


@dataclass(frozen=True, slots=True)
class PlaceImport:
    """How one kind of place is imported: its columns, where it stands, and its own fields."""

    kind: PlaceKind
    columns: Mapping[str, Column]
    read: Callable[[Cells], dict[str, Any]]
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Codes:
    """Places within reach by code; what stands at a site by the site's id and code."""

    sites: Mapping[str, UUID]
    areas: Mapping[tuple[UUID, str], UUID]
    work_centers: Mapping[tuple[UUID, str], UUID]


def _zone(cells: Cells) -> str | None:
    found = cells.text("time_zone", longest=64)
    if found is not None and found not in available_timezones():
        cells.fault("time_zone", "must be an IANA time zone such as Europe/Berlin")
    return found


PLACE_IMPORTS = (
    PlaceImport(
        PlaceKind.SITE,
        {"time_zone": Column("IANA time zone such as Europe/Berlin; needed for a new one."), "country": Column("DE, US, ..")},
        lambda cells: {"time_zone": _zone(cells), "country": cells.matching("country", "[A-Z]{2}", "two capital letters")},
    ),
    PlaceImport(PlaceKind.AREA, {"site": SITE}, lambda _cells: {}),
    PlaceImport(
        PlaceKind.WORK_CENTER,
        {
            "site": SITE,
            "area": Column("The code of its area."),
            "minimum_staying": Column("The smallest headcount it runs with."),
            "tablets": Column("How many tablets hang there."),
        },
        lambda cells: {"minimum_staying": cells.whole("minimum_staying"), "tablets": cells.whole("tablets")},
        {"kind": "line", "minimum_staying": 0, "tablets": 0},
    ),
    PlaceImport(
        PlaceKind.STATION,
        {"site": SITE, "work_center": LINE, "has_tablet": Column("yes when a tablet hangs there.")},
        lambda cells: {"has_tablet": cells.yes_no("has_tablet")},
        {"has_tablet": False},
    ),
    PlaceImport(PlaceKind.CREW, {"site": SITE, "work_center": Column("The code of its work center.")}, lambda _cells: {}),
)


def _register(spec: PlaceImport) -> None:
    async def run(tx: WriteTransaction, rows: Sequence[ImportRow], source: str, _options: Mapping[str, Any]) -> list[RowVerdict]:
        return await import_places(tx, spec, rows, source)

    run.__doc__ = f"{spec.kind.value.replace('_', ' ').capitalize()}s; an empty cell leaves what is stored."
    columns = {"external_id": EXTERNAL, "code": BY_CODE, "name": NAME, **spec.columns}
    import_kind(f"{spec.kind.value}s", policy=PLACES_WRITE, columns=columns)(run)


for _spec in PLACE_IMPORTS:
    _register(_spec)


async def import_places(tx: WriteTransaction, spec: PlaceImport, rows: Sequence[ImportRow], source: str) -> list[RowVerdict]:
    """Add or change places of one kind, one row after the other; rows are few and codes may depend on each other."""
    codes = await _codes(tx)
    known = await _known(tx, spec, rows, source)
    twice = repeats(rows, "code", under=("site", "work_center"))
    verdicts, names = [], []
    for row in rows:
        cells = Cells(row)
        values = _values(tx, spec, cells, codes)
        name = cells.text("external_id", longest=128)
        reason = cells.reason or twice.get(row.number, "")
        verdict = refused(row.number, reason) if reason else await _settle(tx, spec, row.number, values, name, known)
        verdicts.append(verdict)
        names += [(name, verdict.thing_id)] if name and verdict.thing_id else []
    await grants.link(tx, spec.kind, source, names)
    return verdicts


async def _codes(tx: WriteTransaction) -> Codes:
    sites = {r.code: r.id for r in await store.all_of(tx, PlaceKind.SITE) if PLACES_WRITE.reaches(tx.caller, (r.id,))}
    areas = {(r.site_id, r.code): r.id for r in await store.all_of(tx, PlaceKind.AREA)}
    lines = {(r.site_id, r.code): r.id for r in await store.all_of(tx, PlaceKind.WORK_CENTER)}
    return Codes(sites, areas, lines)


async def _known(tx: WriteTransaction, spec: PlaceImport, rows: Sequence[ImportRow], source: str) -> Known[Any]:
    names = [row.values["external_id"].strip() for row in rows if row.values.get("external_id")]
    ids = await grants.external(tx, spec.kind, source, names)
    found = {row.id: row for row in await store.named(tx, spec.kind, ids.values())}
    coded = await store.coded(tx, spec.kind, {row.values.get("code", "").strip() for row in rows})
    found |= {row.id: row for row in coded}
    named = await grants.outside_names(tx, spec.kind, source, list(found))
    return Known({n: found[i] for n, i in ids.items() if i in found}, {_key(spec, r): r for r in found.values()}, named)


def _key(spec: PlaceImport, place: Any) -> Hashable:
    """What a place's code is unique under, and the code."""
    values = place if isinstance(place, dict) else {name: getattr(place, name, None) for name in (*PARENTS, "code")}
    if spec.kind is PlaceKind.SITE:
        return values["code"]
    return (values["work_center_id" if spec.kind is PlaceKind.STATION else "site_id"], values["code"])


def _values(tx: WriteTransaction, spec: PlaceImport, cells: Cells, codes: Codes) -> dict[str, Any]:
    """The row's cells as columns of the table, parents included."""
    values: dict[str, Any] = {"code": cells.matching("code", CODE, CODE_MEANING, required=True), "name": cells.text("name")}
    values |= spec.read(cells)
    if "site" not in spec.columns:
        if not PLACES_WRITE.reaches(tx.caller, ()):
            cells.fault("code", "sites are added by an admin of the whole organization")
        return filled(values.items())
    site_id = codes.sites.get(cells.text("site", required=True) or "")
    if site_id is None:
        cells.fault("site", "is not the code of a site within your reach")
        return filled(values.items())
    values["area_id"] = _at(cells, "area", site_id, codes.areas)
    values["work_center_id"] = _at(cells, "work_center", site_id, codes.work_centers)
    values["site_id"] = None if spec.kind is PlaceKind.STATION else site_id
    if spec.kind is PlaceKind.STATION and values["work_center_id"] is None and not cells.faults:
        cells.fault("work_center", "is missing")
    return filled(values.items())


def _at(cells: Cells, column: str, site_id: UUID, known: Mapping[tuple[UUID, str], UUID]) -> UUID | None:
    code = cells.text(column, longest=64)
    if code is not None and (site_id, code) not in known:
        cells.fault(column, "is not a code at this site")
    return known.get((site_id, code or ""))


async def _settle(
    tx: WriteTransaction, spec: PlaceImport, number: int, values: dict[str, Any], name: str | None, known: Known[Any]
) -> RowVerdict:
    place, clash = known.find(name, _key(spec, values), lambda found: found.id)
    if clash:
        return refused(number, f"code: {clash}")
    if place is None:
        return await _add(tx, spec, number, values)
    return await _change(tx, spec, number, values, place)


def _moves(spec: PlaceImport, values: Mapping[str, Any], place: Any) -> str:
    """Why a row would move a place to where the caller's reach was not checked; empty when it stays."""
    if "site_id" in values and values["site_id"] != place.site_id:
        return "site: it stands at another site and cannot move"
    if spec.kind is PlaceKind.STATION and values["work_center_id"] != place.work_center_id:
        return "work_center: it stands at another one and cannot move"
    return ""


async def _change(tx: WriteTransaction, spec: PlaceImport, number: int, values: dict[str, Any], place: Any) -> RowVerdict:
    if moves := _moves(spec, values, place):
        return refused(number, moves)
    differing = {column: value for column, value in values.items() if getattr(place, column) != value}
    if not differing:
        return RowVerdict(number, Verdict.UNCHANGED, "", place.id)
    if await store.change(tx, spec.kind, place.id, place.version, differing) is None:
        return refused(number, "it was changed by somebody else just now")
    if spec.kind is PlaceKind.WORK_CENTER and "minimum_staying" in differing:
        await publish(tx, MinimumChanged(subject_id=place.id, work_center_id=place.id))
    return RowVerdict(number, Verdict.UPDATED, "", place.id)


async def _add(tx: WriteTransaction, spec: PlaceImport, number: int, values: dict[str, Any]) -> RowVerdict:
    needed = ("name", "time_zone") if spec.kind is PlaceKind.SITE else ("name",)
    missing = [column for column in needed if column not in values]
    if missing:
        return refused(number, f"{', '.join(missing)}: is missing for a new one")
    made = await store.add(tx, spec.kind, {**spec.defaults, **values, "id": new_id()})
    return RowVerdict(number, Verdict.CREATED, "", made.id) if made else refused(number, "code: it belongs to another one here")
