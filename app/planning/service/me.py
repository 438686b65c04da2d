"""What a worker can learn now: one question to the database, the catalog from memory, and the rules of the shop floor."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.catalog import service as catalog
from app.catalog.domain import PublishedItem
from app.core.access import Caller
from app.core.db import OneTrip
from app.core.errors import NotFound
from app.core.intervals import Interval, subtract
from app.planning.domain.now import AtHand, Blocked, Offer, OpenWindow, OwnBlock, SeenShift, Standing, Wanted, at_hand, rank
from app.planning.domain.phrases import hold_sentence, spoken, why_sentence
from app.planning.store.floor import ME_NOW

MOST_OFFERED = 20
Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Now:
    """Where the worker stands and what is offered, best first."""

    standing: Standing
    hand: AtHand
    offers: Sequence[Offer]
    blocked: Counter[Blocked]
    language: str
    time_zone: str


async def now(trip: OneTrip, station_id: UUID | None, seconds: int | None) -> dict[str, Any]:
    """The answer of `GET /v1/me/now` as plain values. Raises NotFound for an unknown station."""
    caller, found = await trip.ask(ME_NOW, station_id)
    if station_id is not None and found["station"] is None:
        raise NotFound
    offered = catalog.snapshot(trip.organization_id, found["catalog_version"])
    if offered is None:
        offered = await _read_again(trip, caller)
    standing = standing_of(found, trip.now)
    hand = at_hand(standing, seconds)
    tablet = bool(found["station"] and found["station"]["has_tablet"])
    offers, blocked = rank(wanted(found, offered), standing, hand, tablet=tablet)
    language = spoken(found["languages"])
    return answer(Now(standing, hand, offers[:MOST_OFFERED], blocked, language, found["time_zone"]), offered)


async def _read_again(trip: OneTrip, caller: Caller) -> Mapping[tuple[str, str], PublishedItem]:
    """The catalog after it changed: once a change and process."""
    async with trip.database.read(trip.organization_id, caller) as tx:
        return await catalog.refreshed(tx)


@lru_cache(4096)
def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def standing_of(found: Found, now: datetime) -> Standing:
    """The database's answer as values."""
    shift = _shift(found["shift"]) if found["shift"] else None
    gone = [Interval(_at(start), _at(end)) for start, end in found["absences"]]
    return Standing(
        now=now,
        shift=shift,
        learnable=subtract((Interval(shift.starts_at, shift.ends_at),), (*shift.pauses, *gone)) if shift else (),
        windows=tuple(_window(one) for one in found["windows"]),
        blocks=tuple(_block(one) for one in found["blocks"]),
        present=found["present"] or 0,
        learning=found["learning"] or 0,
    )


def _shift(one: Found) -> SeenShift:
    pauses = sorted(Interval(_at(pause["starts_at"]), _at(pause["ends_at"])) for pause in one["breaks"])
    start, end = _at(one["starts_at"]), _at(one["ends_at"])
    return SeenShift(one["id"], one["work_center_id"], one["business_date"], start, end, tuple(pauses))


def _window(one: Found) -> OpenWindow:
    return OpenWindow(
        one["id"], one["kind"], _at(one["starts_at"]), _at(one["ends_at"]), _at(one["opens_at"]), _at(one["closes_at"]),
        one["max_learners"], one["minimum_staying"], one["taken"], one["held"],
    )  # fmt: skip


def _block(one: Found) -> OwnBlock:
    return OwnBlock(
        one["id"], one["work_center_id"], one["window_id"], _at(one["starts_at"]), _at(one["ends_at"]),
        one["assignment_id"], one["kind"], one["key"], one["hash"], one["seconds"], one["status"],
    )  # fmt: skip


def wanted(found: Found, offered: Mapping[tuple[str, str], PublishedItem]) -> list[Wanted]:
    """Open learning, one item a content: the one started first, then by urgency, as the planner sees it."""
    learned, languages = frozenset(found["learned"]), found["languages"]
    chosen: dict[tuple[str, str], Wanted] = {}
    for one in sorted(found["items"], key=_urgency):
        place = (one["kind"], one["key"])
        offer = offered.get(place)
        if offer is None or place in chosen:
            continue
        language = _language(languages, offer)
        # In the order of its fields: naming thirteen of them takes as long as all the rest.
        chosen[place] = Wanted(
            one["assignment_id"], one["kind"], one["key"], one["hash"] or offer.hash, offer.seconds, one["mandatory"],
            _at(one["due_at"]) if one["due_at"] else None, one["priority"], one["status"] == "started",
            not learned.issuperset(offer.prerequisites), offer.needs_tablet, language, title_in(offer, language),
        )  # fmt: skip
    return list(chosen.values())


def _urgency(one: Found) -> tuple[bool, bool, str, int, str]:
    # Instants come in one format and zone, so their text sorts like time.
    return one["status"] != "started", not one["mandatory"], one["due_at"] or "~", -one["priority"], one["assignment_id"]


def _language(languages: Sequence[str], offer: PublishedItem) -> str | None:
    if not offer.languages:
        return languages[0] if languages else "en"
    for language in languages:
        if language in offer.languages:
            return language
    return None


def title_in(offer: PublishedItem, language: str | None) -> str:
    """The title in a language, else in English, else in whatever there is."""
    return offer.title.get(language or "en") or offer.title.get("en") or next(iter(offer.title.values()), offer.key)


@lru_cache(4096)
def _z(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def answer(now: Now, offered: Mapping[tuple[str, str], PublishedItem]) -> dict[str, Any]:
    """Plain values in the shape that `schemas.MeNow` declares."""
    standing, hand = now.standing, now.hand
    coming = next((block for block in standing.blocks if block.starts_at > standing.now), None)
    return {
        "at": _z(standing.now),
        "time_zone": now.time_zone,
        "may_learn": hand.hold is None,
        "hold": hand.hold,
        "sentence": hold_sentence(hand.hold, now.language),
        "seconds_at_hand": hand.seconds,
        "source": hand.source,
        "until": _z(hand.until),
        "shift": _shift_out(standing),
        "window": _window_out(standing.current),
        "next_window": _window_out(standing.coming),
        "block": _block_out(standing.running_block, offered, now.language),
        "next_block": _block_out(coming, offered, now.language),
        "items": [_offer_out(offer, now.language) for offer in now.offers],
        "blocked": {reason.value: now.blocked[reason] for reason in Blocked},
    }


def _shift_out(standing: Standing) -> dict[str, Any] | None:
    shift = standing.shift
    if shift is None:
        return None
    pause = next((pause for pause in shift.pauses if pause.end > standing.now), None)
    return {
        "id": shift.id,
        "work_center_id": shift.work_center_id,
        "business_date": shift.business_date,
        "starts_at": _z(shift.starts_at),
        "ends_at": _z(shift.ends_at),
        "running": standing.on_shift,
        "next_break_at": None if pause is None else _z(pause.start),
    }


def _window_out(window: OpenWindow | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {
        "id": window.id,
        "kind": window.kind,
        "starts_at": _z(window.starts_at),
        "ends_at": _z(window.ends_at),
        "usable_seconds": Interval(window.opens_at, window.closes_at).seconds,
        "places": window.max_learners,
        "places_taken": window.taken,
    }


def _block_out(block: OwnBlock | None, offered: Mapping[tuple[str, str], PublishedItem], language: str) -> dict[str, Any] | None:
    if block is None:
        return None
    offer = offered.get((block.kind, block.key))
    return {
        "id": block.id,
        "work_center_id": block.work_center_id,
        "window_id": block.window_id,
        "starts_at": _z(block.starts_at),
        "ends_at": _z(block.ends_at),
        "assignment_id": block.assignment_id,
        "kind": block.kind,
        "key": block.key,
        "hash": block.hash,
        "seconds": block.seconds,
        "status": block.status,
        "title": block.key if offer is None else title_in(offer, language),
    }


def _offer_out(offer: Offer, language: str) -> dict[str, Any]:
    item = offer.item
    return {
        "assignment_id": item.assignment_id,
        "kind": item.kind,
        "key": item.key,
        "hash": item.hash,
        "title": item.title,
        "language": item.language,
        "seconds": item.seconds,
        "mandatory": item.mandatory,
        "due_at": _z(item.due_at),
        "fits": offer.fits,
        "why": offer.why,
        "sentence": why_sentence(item.title, offer.why, language),
    }
