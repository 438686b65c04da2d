"""Lists of the catalog: items, packs, skills, and what was retired."""

from typing import Annotated, Self

from pydantic import Field

from app.catalog.domain import ContentKind, PackOnOffer, PackOrigin, PublishedItem, SkillClass, SkillOnOffer
from app.core.schemas import Instant, Output


class ItemOut(Output):
    """A module, quiz or checklist on offer. `languages` are those it is complete in; `hash` addresses this version."""

    kind: ContentKind
    key: str
    hash: str
    title: dict[str, str]
    seconds: int
    languages: list[str]
    skills: list[str]
    tags: list[str]
    prerequisites: list[str]
    needs_tablet: bool

    @classmethod
    def of(cls, item: PublishedItem) -> Self:
        """The answer for one item."""
        return cls(
            kind=item.kind,
            key=item.key,
            hash=item.hash,
            title=dict(item.title),
            seconds=item.seconds,
            languages=list(item.languages),
            skills=list(item.skills),
            tags=list(item.tags),
            prerequisites=list(item.prerequisites),
            needs_tablet=item.needs_tablet,
        )


class RetiredOut(Output):
    """An item that is no longer offered."""

    kind: ContentKind
    key: str
    hash: str
    retired_at: Instant


class PackOut(Output):
    """A pack as it was last published."""

    key: str
    pack_version: str
    title: dict[str, str]
    license: str
    origin: PackOrigin
    default_language: str
    languages: list[str]
    published_at: Instant

    @classmethod
    def of(cls, pack: PackOnOffer) -> Self:
        """The answer for one pack."""
        return cls.model_validate(pack)


class SkillOut(Output):
    """A skill that content serves, with the packs that name it."""

    key: str
    title: dict[str, str]
    skill_class: Annotated[SkillClass, Field(serialization_alias="class")]
    packs: list[str]

    @classmethod
    def of(cls, offered: SkillOnOffer) -> Self:
        """The answer for one skill."""
        skill = offered.skill
        return cls(
            key=skill.id,
            title=skill.title.by_language(),
            skill_class=skill.skill_class,
            packs=list(offered.packs),
        )
