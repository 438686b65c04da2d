"""Publishing and reading the catalog in a real database."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.catalog import service
from app.catalog.domain import (
    ContentKind,
    LoadOptions,
    LoadReport,
    LoadVerdict,
    Module,
    Pack,
    Quiz,
    content_hash,
)
from app.catalog.pack.load import load_pack
from app.core.access import Caller, Grant, Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import new_id
from tests.builders import Plant
from tests.catalog.packs import PackFolder

STARTER = Path(__file__).resolve().parents[2] / "content/packs/starter"
EVENTS = text("select type, data from event where organization_id = :organization_id order by id")
VERSIONS = text("select count(*) from content_version where organization_id = :organization_id")


@pytest.fixture
def pack(folder: PackFolder) -> Pack:
    """The tiny pack: a module, a quiz and a checklist."""
    return load_pack(folder.path)


async def load(plant: Plant, pack: Pack, **options: Any) -> LoadReport:
    async with plant.write() as tx:
        return await service.load_pack(tx, pack, LoadOptions(**options))


async def catalog(plant: Plant) -> service.Catalog:
    async with plant.write() as tx:
        return await service.published(tx)


def longer(pack: Pack, seconds: int = 140) -> Pack:
    """The pack with its first module changed."""
    first, *others = pack.modules
    return replace(pack, modules=(replace(first, seconds=seconds), *others))


def follower(pack: Pack, key: str = "after-the-stop") -> Module:
    """Another module, which has the pack's module as prerequisite."""
    return replace(pack.modules[0], id=key, prerequisites=(pack.modules[0].id,))


async def test_an_organization_that_never_published_has_an_empty_catalog(plant: Plant) -> None:
    assert await catalog(plant) == {}
    assert service.snapshot(plant.organization_id, None) == {}


async def test_loading_a_pack_puts_all_of_it_on_offer(plant: Plant, pack: Pack) -> None:
    report = await load(plant, pack)
    assert [line.verdict for line in report.lines] == [LoadVerdict.ADDED] * 3
    found = await catalog(plant)
    assert set(found) == {("module", "stop-the-line"), ("quiz", "stop-quiz"), ("checklist", "start-check")}
    module = found["module", "stop-the-line"]
    assert module.kind is ContentKind.MODULE
    assert module.hash == content_hash(pack.modules[0])
    assert (module.seconds, module.languages, module.skills) == (130, ("en", "es"), ("stop-line",))
    assert (module.prerequisites, module.needs_tablet, module.tags) == ((), False, ("safety",))
    assert module.title == {"en": "Stop the line", "es": "Parar la línea"}


async def test_loading_the_same_pack_again_changes_nothing(plant: Plant, pack: Pack) -> None:
    first = await load(plant, pack)
    second = await load(plant, pack)
    assert second.catalog_version == first.catalog_version
    assert {line.verdict for line in second.lines} == {LoadVerdict.UNCHANGED}
    async with plant.write() as tx:
        assert await tx.scalar(VERSIONS) == 3
        assert len(await tx.rows(EVENTS)) == 1


async def test_a_changed_item_becomes_a_new_version_and_the_old_one_stays(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    old = (await catalog(plant))["module", "stop-the-line"].hash
    report = await load(plant, longer(pack))
    assert [line.key for line in report.of(LoadVerdict.CHANGED)] == ["stop-the-line"]
    new = (await catalog(plant))["module", "stop-the-line"]
    assert new.hash != old
    assert new.seconds == 140
    async with plant.write() as tx:
        kept = await service.version(tx, "module", old)
    assert kept == pack.modules[0]


async def test_going_back_to_older_content_reuses_its_version(plant: Plant, pack: Pack) -> None:
    for wanted in (pack, longer(pack), pack):
        await load(plant, wanted)
    assert (await catalog(plant))["module", "stop-the-line"].hash == content_hash(pack.modules[0])
    async with plant.write() as tx:
        assert await tx.scalar(VERSIONS) == 4


async def test_versions_come_back_as_the_very_values_that_were_published(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    async with plant.write() as tx:
        for value in pack.published:
            kind = type(value).__name__.lower()
            assert await service.version(tx, kind, content_hash(value)) == value
        quiz = await service.version(tx, ContentKind.QUIZ, content_hash(pack.quizzes[0]))
        assert isinstance(quiz, Quiz)
        with pytest.raises(NotFound):
            await service.version(tx, "quiz", "0" * 64)


async def test_nobody_reads_another_organizations_version_even_when_it_is_remembered(
    plant: Plant, pack: Pack, runtime: Any
) -> None:
    await load(plant, pack)
    address = content_hash(pack.quizzes[0])
    async with plant.write() as tx:
        await service.version(tx, "quiz", address)
    async with runtime.database.read(new_id()) as tx:
        with pytest.raises(NotFound):
            await service.version(tx, "quiz", address)


async def test_the_catalog_is_answered_from_memory_until_it_changes(plant: Plant, pack: Pack) -> None:
    report = await load(plant, pack)
    found = await catalog(plant)
    assert await catalog(plant) is found
    assert service.snapshot(plant.organization_id, report.catalog_version) is found
    changed = await load(plant, longer(pack))
    assert service.snapshot(plant.organization_id, changed.catalog_version) is None
    assert await catalog(plant) is not found


async def test_what_was_rolled_back_is_never_remembered_as_the_catalog(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    with pytest.raises(RuntimeError):
        async with plant.write() as tx:
            await service.load_pack(tx, longer(pack, 150))
            assert (await service.published(tx))["module", "stop-the-line"].seconds == 150
            raise RuntimeError
    await load(plant, longer(pack, 160))
    assert (await catalog(plant))["module", "stop-the-line"].seconds == 160


async def test_the_catalog_cannot_be_changed_through_what_was_handed_out(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    found: Any = await catalog(plant)
    with pytest.raises(TypeError):
        found["module", "another"] = None


async def test_what_a_pack_drops_is_retired_only_when_asked(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    without = replace(pack, checklists=())
    assert (await load(plant, without)).of(LoadVerdict.RETIRED) == ()
    assert ("checklist", "start-check") in await catalog(plant)
    report = await load(plant, without, retire_missing=True)
    assert [line.key for line in report.of(LoadVerdict.RETIRED)] == ["start-check"]
    assert ("checklist", "start-check") not in await catalog(plant)


async def test_retired_content_comes_back_only_when_asked(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    await load(plant, replace(pack, checklists=()), retire_missing=True)
    report = await load(plant, pack)
    assert [line.key for line in report.of(LoadVerdict.KEPT_RETIRED)] == ["start-check"]
    assert ("checklist", "start-check") not in await catalog(plant)
    report = await load(plant, pack, restore_retired=True)
    assert [line.key for line in report.of(LoadVerdict.RESTORED)] == ["start-check"]
    assert ("checklist", "start-check") in await catalog(plant)


async def test_retiring_what_one_pack_drops_leaves_other_packs_alone(plant: Plant, pack: Pack) -> None:
    other = replace(pack, id="other", modules=(), quizzes=(), checklists=(replace(pack.checklists[0], id="end-check"),))
    await load(plant, other)
    await load(plant, pack, retire_missing=True)
    assert ("checklist", "end-check") in await catalog(plant)


async def test_a_key_that_another_pack_has_is_refused_and_nothing_is_written(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    with pytest.raises(Conflict) as refused:
        await load(plant, replace(longer(pack), id="other"))
    assert refused.value.code == "key_in_other_pack"
    assert "pack tiny" in refused.value.detail
    async with plant.write() as tx:
        assert await tx.scalar(VERSIONS) == 3


async def test_a_module_may_not_come_to_need_a_retired_one(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    await load(plant, replace(pack, modules=()), retire_missing=True)
    with pytest.raises(Conflict) as refused:
        await load(plant, replace(pack, modules=(*pack.modules, follower(pack))))
    assert refused.value.code == "prerequisite_retired"
    restored = await load(plant, replace(pack, modules=(*pack.modules, follower(pack))), restore_retired=True)
    assert len(restored.of(LoadVerdict.RESTORED, LoadVerdict.ADDED)) == 2


async def test_a_dry_run_tells_the_same_and_writes_nothing(plant: Plant, pack: Pack) -> None:
    told = await load(plant, pack, dry_run=True)
    assert await catalog(plant) == {}
    assert (await load(plant, pack)).lines == told.lines


async def test_events_name_the_modules_and_keep_their_subject(plant: Plant, pack: Pack) -> None:
    await load(plant, pack)
    await load(plant, longer(pack))
    await load(plant, replace(pack, modules=()), retire_missing=True)
    async with plant.write() as tx:
        rows = await tx.rows(text("select type, subject_id, data from event where organization_id = :organization_id"))
    assert sorted(row.type for row in rows) == ["module.published", "module.published", "module.retired"]
    assert len({row.subject_id for row in rows}) == 1
    assert {row.data["key"] for row in rows} == {"stop-the-line"}


async def test_two_publishers_at_once_take_turns(plant: Plant, pack: Pack) -> None:
    reports = await asyncio.gather(*(load(plant, longer(pack, 130 + n)) for n in range(6)))
    assert len({report.catalog_version for report in reports}) == 6
    assert sum(len(report.of(LoadVerdict.ADDED)) for report in reports) == 3
    last = max(reports, key=lambda report: report.catalog_version)
    found = await catalog(plant)
    assert found["module", "stop-the-line"].hash == next(line.hash for line in last.lines if line.kind == "module")


async def test_two_publishers_of_the_same_pack_at_once_publish_it_once(plant: Plant, pack: Pack) -> None:
    first, second = await asyncio.gather(load(plant, pack), load(plant, pack))
    assert first.catalog_version == second.catalog_version
    assert {len(first.of(LoadVerdict.ADDED)), len(second.of(LoadVerdict.ADDED))} == {0, 3}
    async with plant.write() as tx:
        assert len(await tx.rows(EVENTS)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update content_version set seconds = 1 where organization_id = :organization_id",
        "update content_version set body = '{}' where organization_id = :organization_id",
        "delete from content_version where organization_id = :organization_id",
        "truncate content_version",
    ],
)
async def test_the_application_cannot_change_a_published_version(plant: Plant, pack: Pack, statement: str) -> None:
    await load(plant, pack)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with plant.write() as tx:
            await tx.run(text(statement))


async def test_an_author_of_one_site_does_not_publish_for_the_organization(plant: Plant, pack: Pack) -> None:
    for node, refused in ((plant.site_id, True), (plant.organization_id, False)):
        caller = Caller(plant.organization_id, new_id(), "person", new_id(), grants=(Grant(Role.AUTHOR, node),))
        async with plant.runtime.database.write(plant.organization_id, caller) as tx:
            if refused:
                with pytest.raises(Forbidden):
                    await service.load_pack(tx, pack)
            else:
                await service.load_pack(tx, pack)


async def test_the_starter_library_loads(plant: Plant) -> None:
    report = await load(plant, load_pack(STARTER))
    found = await catalog(plant)
    assert len(found) == len(report.lines)
    assert {languages for item in found.values() if (languages := item.languages) != ("en", "es")} == set()
    async with plant.write() as tx:
        for kind, key in found:
            assert (await service.version(tx, kind, found[kind, key].hash)).id == key
