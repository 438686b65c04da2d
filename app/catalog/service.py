"""Use cases of the catalog: what is on offer, one version by its hash, publishing packs and retiring content."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from app.catalog import store
from app.catalog.domain import (
    CATALOG_WRITE,
    PUBLISHING,
    ContentKey,
    ContentKind,
    LoadLine,
    LoadOptions,
    LoadReport,
    LoadVerdict,
    Pack,
    Published,
    PublishedItem,
    kind_of,
    missing_prerequisites,
    plan_load,
    taken_keys,
)
from app.catalog.events import ModulePublished, ModuleRetired
from app.catalog.memory import Memory
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound
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
