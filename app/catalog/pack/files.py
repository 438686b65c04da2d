"""The shapes of the YAML files of a pack. The JSON Schemas under `content/schema` are made from these models.

Shapes only: what needs two places of a pack to agree is the linter's.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.catalog.domain import ItemType, PackOrigin, PhotoRule, SkillClass

ID_PATTERN = r"^[a-z][a-z0-9-]{1,63}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
MEDIA_PATTERN = r"^media(/[a-z0-9][a-z0-9_-]{0,63}){0,2}/[a-z0-9][a-z0-9_-]{0,63}\.(svg|png|jpg|webp|mp4|mp3)$"
VERSION_PATTERN = r"^(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){2}$"
URL_PATTERN = r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[^\s<>\"'\\]*)?$"

Id: TypeAlias = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
ChoiceId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{1,63}|true_|false_)$")]
Language: TypeAlias = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN, max_length=16)]
Line: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Texts: TypeAlias = Annotated[dict[Language, Line], Field(min_length=1, description="One text in each language")]
Lines: TypeAlias = Annotated[
    dict[Language, Annotated[list[Line], Field(min_length=1, max_length=8)]],
    Field(min_length=1, description="A list of lines in each language"),
]
Seconds: TypeAlias = Annotated[int, Field(ge=120, le=300, description="Planned time in seconds")]


def _each_once(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("must name each only once")
    return values


EACH_ONCE = AfterValidator(_each_once)
Ids: TypeAlias = Annotated[list[Id], Field(max_length=32, json_schema_extra={"uniqueItems": True})]


def _is_a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


Day: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_is_a_day),
    Field(examples=["2027-11-01"]),
]


class FileModel(BaseModel):
    """Strict: unknown fields are refused, and the text "5" is not the number 5."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SkillFile(FileModel):
    """A skill that the pack's content names."""

    title: Texts
    skill_class: Annotated[SkillClass, Field(alias="class", strict=False)]


class PackFile(FileModel):
    """`pack.yaml`: what the pack is, and the skills it names."""

    id: Id
    version: Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
    title: Texts
    license: Line
    source: Annotated[PackOrigin, Field(strict=False)]
    default_language: Language
    languages: Annotated[list[Language], Field(min_length=1, max_length=64, json_schema_extra={"uniqueItems": True}), EACH_ONCE]
    skills: dict[Id, SkillFile]


class SourceFile(FileModel):
    """A public source that the facts were checked against."""

    title: Line
    publisher: Line
    url: Annotated[str, StringConstraints(pattern=URL_PATTERN, max_length=500)]


class TextCardFile(FileModel):
    """A card whose heading and text are in the body files."""

    kind: Literal["text"]


class QuestionCardFile(FileModel):
    """A card with a formative question from the bank of a quiz."""

    kind: Literal["question"]
    quiz: Id
    item: Id


class MediaCardFile(FileModel):
    """A card with a picture or recording; `seconds` is how long it is looked at."""

    kind: Literal["media"]
    src: Annotated[str, StringConstraints(pattern=MEDIA_PATTERN, max_length=200)]
    alt: Texts
    seconds: Annotated[int, Field(ge=1, le=300)]


CardFile: TypeAlias = Annotated[TextCardFile | QuestionCardFile | MediaCardFile, Field(discriminator="kind")]


class ThingFile(FileModel):
    """What modules, quizzes and checklists have in common."""

    id: Id
    title: Texts
    skills: Annotated[Ids, Field(min_length=1)]
    seconds: Seconds
    tags: Ids = []
    sources: Annotated[list[SourceFile], Field(max_length=20)] = []
    review_by: Day | None = None


class ModuleFile(ThingFile):
    """`modules/<id>/module.yaml`: two to five minutes of learning, made of cards."""

    summary: Texts
    objectives: Lines
    prerequisites: Ids = []
    needs_tablet: bool = False
    cards: Annotated[dict[Id, CardFile], Field(min_length=1, max_length=20)]


class ItemFile(FileModel):
    """An item of a bank. `key` lists the right choices; for `order`, all of them in the right order."""

    type: Annotated[ItemType, Field(strict=False)]
    difficulty: Annotated[int, Field(ge=1, le=5)]
    stem: Texts
    choices: Annotated[dict[ChoiceId, Texts], Field(min_length=2, max_length=10)]
    key: Annotated[list[ChoiceId], Field(min_length=1, max_length=10, json_schema_extra={"uniqueItems": True})]
    rationale: Texts
    feedback: dict[ChoiceId, Texts] = {}


class QuizFile(ThingFile):
    """`quizzes/<id>.yaml`: an item bank of which one attempt draws some."""

    draw: Annotated[int, Field(ge=1, le=20)]
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    items: Annotated[dict[Id, ItemFile], Field(min_length=1, max_length=200)]


class ChecklistItemFile(FileModel):
    """One thing to look at."""

    text: Texts
    required: bool = True
    photo: Annotated[PhotoRule, Field(strict=False)] = PhotoRule.NONE


class ChecklistFile(ThingFile):
    """`checklists/<id>.yaml`: a list to work through at the machine."""

    items: Annotated[dict[Id, ChecklistItemFile], Field(min_length=1, max_length=60)]
