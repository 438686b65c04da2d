"""Routes of the catalog."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response

from app.catalog import service
from app.catalog.domain import CATALOG_READ, CATALOG_WRITE, ContentKind, LoadOptions
from app.catalog.pack.files import Language
from app.catalog.schemas import (
    ChecklistOut,
    ContentOut,
    Hash,
    ItemOut,
    Key,
    LoadReportOut,
    ModuleOut,
    PackOut,
    PackUpload,
    QuizOut,
    RetiredOut,
    SkillOut,
    content_bytes,
    module_bytes,
)
from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import BadRequest, PreconditionRequired
from app.core.pages import LARGEST, Listing, Page, decode_cursor, listing

router = APIRouter(prefix="/v1", tags=["catalog"])

TAG = re.compile(r'\A(?:W/)?"([0-9a-f]{64})"\Z')
FOREVER = "private, max-age=31536000, immutable"
InLanguage = Annotated[
    Language | None, Query(description="The language to read in; texts that lack it are in the nearest one there is.")
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list by key is asked for, and what the items must have."""

    limit: int
    after: str


async def by_key(
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many items at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")] = None,
) -> Wanted:
    """The page a request asks for, ordered by key."""
    return Wanted(limit, "" if cursor is None else decode_cursor(cursor, 1)[0])


HASH_TAG: dict[str, Any] = {"pattern": r'^(W/)?"[0-9a-f]{64}"$', "examples": ['"' + "5f2b" * 16 + '"']}


async def seen_hash(
    if_match: Annotated[
        str | None, Header(description="The ETag you read: the hash of the version.", max_length=80, json_schema_extra=HASH_TAG)
    ] = None,
) -> str:
    """The version an edit expects to find. Raises PreconditionRequired when the header is missing."""
    if if_match is None:
        raise PreconditionRequired
    found = TAG.match(if_match.strip())
    if found is None:
        raise BadRequest("If-Match must be the ETag of the item, its hash in quotes.", code="malformed_if_match")
    return found.group(1)


ByKey = Annotated[Wanted, Depends(by_key)]
SeenHash = Annotated[str, Depends(seen_hash)]
WithTag = Annotated[Key | None, Query(description="Only items with this tag.")]
WithSkill = Annotated[Key | None, Query(description="Only items that serve this skill.")]
CompleteIn = Annotated[Language | None, Query(description="Only items that are complete in this language.")]


async def _listed(
    tx: Read, kind: ContentKind, asked: Wanted, tag: str | None, skill: str | None, language: str | None
) -> Listing[ItemOut]:
    found = await service.find(tx, kind, tag=tag, skill=skill, language=language)
    rest = [item for item in found if item.key > asked.after]
    return listing(rest, Page(asked.limit), ItemOut.of, key="key")


@router.get("/modules", summary="List modules on offer")
@allow(CATALOG_READ)
async def list_modules(
    tx: Read, asked: ByKey, tag: WithTag = None, skill: WithSkill = None, language: CompleteIn = None
) -> Listing[ItemOut]:
    return await _listed(tx, ContentKind.MODULE, asked, tag, skill, language)


@router.get("/quizzes", summary="List quizzes on offer")
@allow(CATALOG_READ)
async def list_quizzes(
    tx: Read, asked: ByKey, tag: WithTag = None, skill: WithSkill = None, language: CompleteIn = None
) -> Listing[ItemOut]:
    return await _listed(tx, ContentKind.QUIZ, asked, tag, skill, language)


@router.get("/checklists", summary="List checklists on offer")
@allow(CATALOG_READ)
async def list_checklists(
    tx: Read, asked: ByKey, tag: WithTag = None, skill: WithSkill = None, language: CompleteIn = None
) -> Listing[ItemOut]:
    return await _listed(tx, ContentKind.CHECKLIST, asked, tag, skill, language)


@router.get("/modules/{key}", summary="Read a module", response_model=ModuleOut)
@allow(CATALOG_READ)
async def get_module(tx: Read, key: Key, language: InLanguage = None) -> Response:
    item, module = await service.module(tx, key)
    return _json(module_bytes(item, module, language), item.hash)


@router.get("/quizzes/{key}", summary="Show a quiz without its questions")
@allow(CATALOG_READ)
async def get_quiz(tx: Read, response: Response, key: Key, language: InLanguage = None) -> QuizOut:
    item, quiz = await service.quiz(tx, key)
    response.headers["ETag"] = f'"{item.hash}"'
    return QuizOut.of(item, quiz, language)


@router.get("/checklists/{key}", summary="Read a checklist")
@allow(CATALOG_READ)
async def get_checklist(tx: Read, response: Response, key: Key, language: InLanguage = None) -> ChecklistOut:
    item, checklist = await service.checklist(tx, key)
    response.headers["ETag"] = f'"{item.hash}"'
    return ChecklistOut.of(item, checklist, language)


@router.get("/content/{kind}/{hash}", summary="Fetch a version for keeping", response_model=ContentOut)
@allow(CATALOG_READ)
async def get_content(tx: Read, kind: ContentKind, hash: Hash) -> Response:  # noqa: A002  # the word in the address
    version = await service.version(tx, kind, hash)
    return _json(content_bytes(kind, hash, version), hash, cache=FOREVER)


@router.post("/modules/{key}/retirement", summary="Retire a module")
@allow(CATALOG_WRITE)
async def retire_module(tx: Tx, key: Key, seen: SeenHash) -> RetiredOut:
    return RetiredOut.model_validate(await service.retire(tx, ContentKind.MODULE, key, seen))


@router.post("/quizzes/{key}/retirement", summary="Retire a quiz")
@allow(CATALOG_WRITE)
async def retire_quiz(tx: Tx, key: Key, seen: SeenHash) -> RetiredOut:
    return RetiredOut.model_validate(await service.retire(tx, ContentKind.QUIZ, key, seen))


@router.post("/checklists/{key}/retirement", summary="Retire a checklist")
@allow(CATALOG_WRITE)
async def retire_checklist(tx: Tx, key: Key, seen: SeenHash) -> RetiredOut:
    return RetiredOut.model_validate(await service.retire(tx, ContentKind.CHECKLIST, key, seen))


@router.get("/packs", summary="List packs as they were last published")
@allow(CATALOG_READ)
async def list_packs(tx: Read, asked: ByKey) -> Listing[PackOut]:
    rest = [pack for pack in await service.packs(tx) if pack.key > asked.after]
    return listing(rest, Page(asked.limit), PackOut.of, key="key")


@router.post("/packs", summary="Publish a pack, or see what publishing it would do")
@allow(CATALOG_WRITE)
async def publish_pack(
    tx: Tx,
    body: PackUpload,
    *,
    dry_run: Annotated[bool, Query(description="Only check, and say what would change.")] = False,
    retire_missing: Annotated[bool, Query(description="Retire items of this pack that it no longer holds.")] = False,
    restore_retired: Annotated[bool, Query(description="Offer retired items of this pack again.")] = False,
) -> LoadReportOut:
    options = LoadOptions(retire_missing=retire_missing, restore_retired=restore_retired, dry_run=dry_run)
    report, warnings = await service.publish_document(tx, body.document(), options)
    return LoadReportOut.of(report, warnings, dry_run=dry_run)


@router.get("/skills", summary="List the skills that content serves")
@allow(CATALOG_READ)
async def list_skills(tx: Read, asked: ByKey) -> Listing[SkillOut]:
    rest = [skill for skill in await service.skills(tx) if skill.key > asked.after]
    return listing(rest, Page(asked.limit), SkillOut.of, key="key")


def _json(body: bytes, address: str, cache: str = "private, no-cache") -> Response:
    return Response(body, media_type="application/json", headers={"ETag": f'"{address}"', "Cache-Control": cache})
