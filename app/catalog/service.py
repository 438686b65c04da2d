"""Use cases of the catalog: what is on offer, one version by its hash, publishing packs and retiring content."""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from app.catalog import store
from app.catalog.domain import (
    CATALOG_WRITE,
    PUBLISHING,
    Checklist,
    ContentKey,
    ContentKind,
    LoadLine,
    LoadOptions,
    LoadReport,
    LoadVerdict,
    Module,
    Pack,
    PackOnOffer,
    Published,
    PublishedItem,
    Quiz,
    RetiredItem,
    SkillOnOffer,
    kind_of,
    missing_prerequisites,
    needed_by,
    plan_load,
    skills_on_offer,
    taken_keys,
)
from app.catalog.events import ModulePublished, ModuleRetired
from app.catalog.memory import Memory
from app.catalog.pack.document import PackDocument, read_document
from app.catalog.pack.finding import Finding, errors
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from app.core.events import publish

Catalog = Mapping[ContentKey, PublishedItem]
PLAIN = LoadOptions()
NOTHING: Catalog = MappingProxyType({})

# Weighed in items: about 1 KB each, so 20 MB at most.
_CATALOGS: Memory[tuple[UUID, int], Catalog] = Memory(20_000)
# A version is some 20 KB once decoded.
_VERSIONS: Memory[tuple[UUID, str, str], Published] = Memory(500)


def snapshot(organization_id: UUID, catalog_version: int | None) -> Catalog | None:
    """The catalog of a version if this process remembers it: for statements that read `catalog_state` themselves."""
    return NOTHING if catalog_version is None else _CATALOGS.get((organization_id, catalog_version))


async def published(tx: ReadTransaction) -> Catalog:
    """Everything on offer by kind and key. Costs one small query unless the catalog changed since the last call."""
    found = snapshot(tx.organization_id, await store.catalog_version(tx))
    return await refreshed(tx) if found is None else found


async def refreshed(tx: ReadTransaction) -> Catalog:
    """Everything on offer, read from the database and remembered under its version."""
    read = await store.catalog(tx)
    if read is None:
        return NOTHING
    catalog_version, items = read
    catalog: Catalog = MappingProxyType({(item.kind.value, item.key): item for item in items})
    _CATALOGS.put((tx.organization_id, catalog_version), catalog, weight=len(items) + 1)
    return catalog


async def item(tx: ReadTransaction, kind: str, key: str) -> PublishedItem:
    """One item on offer. Raises NotFound for unknown and retired ones."""
    found = (await published(tx)).get((kind, key))
    if found is None:
        raise NotFound
    return found


async def version(tx: ReadTransaction, kind: str, hash: str) -> Published:  # noqa: A002  # the agreed name
    """A published version by its hash, on offer or not, with its keys. Raises NotFound."""
    place = (tx.organization_id, str(kind), hash)
    known = _VERSIONS.get(place)
    if known is None:
        known = await store.version(tx, str(kind), hash)
        if known is None:
            raise NotFound
        _VERSIONS.put(place, known)
    return known


async def find(
    tx: ReadTransaction, kind: ContentKind, *, tag: str | None, skill: str | None, language: str | None
) -> list[PublishedItem]:
    """Items of a kind on offer by key, with this tag, this skill, and complete in this language where one is given."""
    found = [
        entry
        for entry in (await published(tx)).values()
        if entry.kind is kind
        and (tag is None or tag in entry.tags)
        and (skill is None or skill in entry.skills)
        and (language is None or language in entry.languages)
    ]
    return sorted(found, key=lambda entry: entry.key)


async def module(tx: ReadTransaction, key: str) -> tuple[PublishedItem, Module]:
    """The module on offer. Raises NotFound."""
    entry = await item(tx, ContentKind.MODULE, key)
    value = await version(tx, entry.kind, entry.hash)
    assert isinstance(value, Module)
    return entry, value


async def quiz(tx: ReadTransaction, key: str) -> tuple[PublishedItem, Quiz]:
    """The quiz on offer, with its keys. Raises NotFound."""
    entry = await item(tx, ContentKind.QUIZ, key)
    value = await version(tx, entry.kind, entry.hash)
    assert isinstance(value, Quiz)
    return entry, value


async def checklist(tx: ReadTransaction, key: str) -> tuple[PublishedItem, Checklist]:
    """The checklist on offer. Raises NotFound."""
    entry = await item(tx, ContentKind.CHECKLIST, key)
    value = await version(tx, entry.kind, entry.hash)
    assert isinstance(value, Checklist)
    return entry, value


async def packs(tx: ReadTransaction) -> list[PackOnOffer]:
    """Every pack as it was last published, by key."""
    return await store.packs(tx)


async def skills(tx: ReadTransaction) -> list[SkillOnOffer]:
    """Every skill that a pack names, by key."""
    return skills_on_offer(await store.packs(tx))


async def publish_document(
    tx: WriteTransaction, document: PackDocument, options: LoadOptions
) -> tuple[LoadReport, list[FieldError]]:
    """Check and load a pack given as one document; answers the report and the linter's warnings.

    Raises Invalid with a pointer into the document for each error; nothing is published then.
    """
    must_author(tx)
    # Linting a large pack takes a second of CPU: not in the event loop.
    pack, findings = await asyncio.to_thread(read_document, document, tx.now.date())
    if refused := errors(findings):
        told = tuple(_told(finding) for finding in refused[:100])
        raise Invalid(f"The pack has {len(refused)} errors and was not published.", code="pack_refused", errors=told)
    return await load_pack(tx, pack, options), [_told(finding) for finding in findings]


async def load_pack(tx: WriteTransaction, pack: Pack, options: LoadOptions = PLAIN) -> LoadReport:
    """Publish a pack. What did not change stays as it is, so loading it again does nothing.

    Items that the pack dropped are retired only when asked. Raises Conflict when a key belongs to another pack or an
    open module would need a retired one. Publishers of one organization take turns.
    """
    must_author(tx)
    catalog_version = await store.lock(tx)
    current = await store.current(tx)
    if taken := taken_keys(pack, current):
        told = ", ".join(f"{found.kind} {found.key} of pack {found.pack}" for found in taken[:10])
        raise Conflict(f"Another pack has these already: {told}.", code="key_in_other_pack")
    lines = plan_load(pack, current, options)
    if missing := missing_prerequisites(pack, lines, current):
        told = ", ".join(f"{module} needs {wanted}" for module, wanted in missing[:10])
        raise Conflict(f"Modules would need retired ones: {told}.", code="prerequisite_retired")
    if not options.dry_run and await _carry_out(tx, pack, lines):
        catalog_version = await store.bump(tx)
    return LoadReport(pack.id, pack.version, catalog_version, lines)


async def retire(tx: WriteTransaction, kind: ContentKind, key: str, seen: str) -> RetiredItem:
    """Take an item off offer; its versions and what people did with them stay. Repeating it changes nothing.

    Raises NotFound, Stale when `seen` is not the hash on offer, Conflict while another module needs this one.
    """
    must_author(tx)
    await store.lock(tx)
    current = await store.current(tx)
    known = current.get((kind.value, key))
    if known is None:
        raise NotFound
    if known.hash != seen:
        raise Stale
    if kind is ContentKind.MODULE and (users := needed_by(key, current.values())) and not known.retired:
        raise Conflict(f"Other modules need it: {', '.join(users[:10])}.", code="still_required")
    if await store.retire(tx, [(kind.value, key)]):
        await store.bump(tx)
        if kind is ContentKind.MODULE:
            await publish(tx, ModuleRetired(subject_id=known.id, key=key, hash=known.hash))
    at = await store.retired_at(tx, kind.value, key)
    assert at is not None
    return RetiredItem(kind, key, known.hash, at)


def must_author(tx: ReadTransaction) -> None:
    """Raise Forbidden unless the caller may write the whole organization's catalog: it has no smaller parts."""
    if not CATALOG_WRITE.reaches(tx.caller, ()):
        raise Forbidden("The catalog is one for the whole organization: this needs the role on the organization.")


async def _carry_out(tx: WriteTransaction, pack: Pack, lines: Sequence[LoadLine]) -> bool:
    """Write what the lines say, and tell; answers whether anything changed."""
    publishing = {(line.kind.value, line.key): line for line in lines if line.verdict in PUBLISHING}
    versions = [v for v in pack.published if (kind_of(v), v.id) in publishing]
    await store.add_versions(tx, pack, versions)
    ids = await store.offer(tx, pack.id, list(publishing.values()))
    retiring = {(line.kind.value, line.key): line for line in lines if line.verdict is LoadVerdict.RETIRED}
    gone = await store.retire(tx, retiring)
    changed = await store.keep_pack(tx, pack)
    seconds = {module.id: module.seconds for module in pack.modules}
    await publish(
        tx,
        *(
            ModulePublished(subject_id=ids[place], key=line.key, hash=line.hash, pack=pack.id, seconds=seconds[line.key])
            for place, line in publishing.items()
            if line.kind is ContentKind.MODULE
        ),
        *(
            ModuleRetired(subject_id=found, key=place[1], hash=retiring[place].hash)
            for place, found in gone.items()
            if place[0] == ContentKind.MODULE
        ),
    )
    return bool(publishing or gone or changed)


def _told(finding: Finding) -> FieldError:
    return FieldError(finding.pointer, finding.message, finding.code)
