"""What loading a pack would change, decided without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.domain import (
    ContentKey,
    ContentKind,
    CurrentItem,
    LoadLine,
    LoadOptions,
    LoadVerdict,
    Localized,
    Module,
    Pack,
    PackOnOffer,
    PackOrigin,
    Skill,
    SkillClass,
    content_hash,
    kind_of,
    missing_prerequisites,
    needed_by,
    plan_load,
    skills_on_offer,
    taken_keys,
)
from app.catalog.pack.load import load_pack
from tests.catalog.packs import PackFolder

KEEP = LoadOptions()
Catalog = dict[ContentKey, CurrentItem]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_pack(PackFolder(tmp_path_factory.mktemp("plan")).path)


def as_current(pack: Pack, *, retired: bool = False, of: str = "") -> Catalog:
    """The catalog after this pack was loaded into an empty one."""
    return {
        (kind_of(v), v.id): CurrentItem(
            UUID(int=place),
            ContentKind(kind_of(v)),
            v.id,
            content_hash(v),
            of or pack.id,
            v.prerequisites if isinstance(v, Module) else (),
            retired,
        )
        for place, v in enumerate(pack.published)
    }


def verdicts(lines: tuple[LoadLine, ...]) -> list[LoadVerdict]:
    return [line.verdict for line in lines]


def test_everything_is_new_to_an_empty_catalog(pack: Pack) -> None:
    assert verdicts(plan_load(pack, {}, KEEP)) == [LoadVerdict.ADDED] * 3


@given(st.booleans(), st.booleans())
def test_loading_what_is_there_changes_nothing_whatever_is_allowed(pack: Pack, retire: bool, restore: bool) -> None:
    options = LoadOptions(retire_missing=retire, restore_retired=restore)
    assert set(verdicts(plan_load(pack, as_current(pack), options))) == {LoadVerdict.UNCHANGED}


def test_a_retired_item_keeps_its_hash_until_it_is_restored(pack: Pack) -> None:
    changed = replace(pack, modules=(replace(pack.modules[0], seconds=222),))
    known = as_current(pack, retired=True)
    kept = plan_load(changed, known, KEEP)[0]
    assert (kept.verdict, kept.hash) == (LoadVerdict.KEPT_RETIRED, content_hash(pack.modules[0]))
    back = plan_load(changed, known, LoadOptions(restore_retired=True))[0]
    assert (back.verdict, back.hash) == (LoadVerdict.RESTORED, content_hash(changed.modules[0]))


def test_only_the_packs_own_open_items_are_retired(pack: Pack) -> None:
    bare = replace(pack, modules=(), quizzes=(), checklists=())
    options = LoadOptions(retire_missing=True)
    assert verdicts(plan_load(bare, as_current(pack), options)) == [LoadVerdict.RETIRED] * 3
    assert plan_load(bare, as_current(pack, of="other"), options) == ()
    assert plan_load(bare, as_current(pack, retired=True), options) == ()
    assert plan_load(bare, as_current(pack), KEEP) == ()


def test_a_key_belongs_to_the_pack_that_came_first(pack: Pack) -> None:
    assert taken_keys(pack, as_current(pack)) == []
    assert [item.key for item in taken_keys(pack, as_current(pack, of="other"))] == [v.id for v in pack.published]


def test_the_same_key_of_another_kind_is_free(pack: Pack) -> None:
    quiz = replace(pack.quizzes[0], id=pack.modules[0].id)
    assert taken_keys(replace(pack, modules=(), quizzes=(quiz,), checklists=()), as_current(pack, of="other")) == []


def test_a_module_whose_prerequisite_stays_retired_is_named(pack: Pack) -> None:
    first = pack.modules[0]
    both = replace(pack, modules=(first, replace(first, id="later", prerequisites=(first.id,))))
    known = as_current(pack, retired=True)
    assert missing_prerequisites(both, plan_load(both, known, KEEP), known) == [("later", first.id)]
    restored = plan_load(both, known, LoadOptions(restore_retired=True))
    assert missing_prerequisites(both, restored, known) == []


def test_a_module_that_is_retired_itself_needs_nothing(pack: Pack) -> None:
    first = pack.modules[0]
    both = replace(pack, modules=(first, replace(first, id="later", prerequisites=(first.id,))))
    known = as_current(both, retired=True)
    assert missing_prerequisites(both, plan_load(both, known, KEEP), known) == []


def test_a_module_is_needed_only_by_modules_on_offer(pack: Pack) -> None:
    first = pack.modules[0]
    both = replace(pack, modules=(first, replace(first, id="later", prerequisites=(first.id,))))
    assert needed_by(first.id, as_current(both).values()) == ["later"]
    assert needed_by("later", as_current(both).values()) == []
    assert needed_by(first.id, as_current(both, retired=True).values()) == []


def test_a_skill_that_two_packs_name_is_listed_once_with_the_first_title() -> None:
    def of(key: str, title: str) -> PackOnOffer:
        skill = Skill("stop-line", Localized.of({"en": title}), SkillClass.SAFETY)
        now = datetime(2026, 3, 18, tzinfo=UTC)
        return PackOnOffer(key, "1.0.0", {"en": key}, "CC0", PackOrigin.CUSTOM, "en", ("en",), (skill,), now)

    (found,) = skills_on_offer([of("first", "Stopping"), of("second", "Halting")])
    assert (found.key, found.skill.title.get("en", "en"), found.packs) == ("stop-line", "Stopping", ("first", "second"))
