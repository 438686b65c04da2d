"""Routes of erasing a person, of reading everything that is kept of oneself, and of how long records stay."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch, set_tag
from app.core.pages import LARGEST, Listing, Paged, decode_cursor, encode_cursor, listing
from app.core.schemas import Id
from app.privacy import service
from app.privacy.domain import ERASURE, OWN_DATA
from app.privacy.domain.retention import RETENTION_READ, RETENTION_WRITE, Kind
from app.privacy.schemas import ErasureCreate, ErasureOut, KeptRowOut, ProofOut, RetentionOut, RetentionPut
from app.privacy.service import retention

router = APIRouter(prefix="/v1", tags=["privacy"])
Limit = Annotated[int, Query(ge=1, le=LARGEST, description="How many rows at most.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")]


@router.post("/workers/{worker_id}/erasure", status_code=201, summary="Ask for the erasure of somebody who left")
@allow(ERASURE)
async def create_erasure(tx: Tx, worker_id: Id, body: ErasureCreate) -> ErasureOut:
    """Nothing is erased before another admin confirms it."""
    return ErasureOut.of(await service.ask(tx, body.id, worker_id, body.reason))


@router.get("/erasures", summary="List erasures")
@allow(ERASURE)
async def list_erasures(tx: Read, asked: Paged) -> Listing[ErasureOut]:
    """By id; who asked, who confirmed, and how many rows of which table it touched."""
    return listing(await service.page(tx, asked), asked, ErasureOut.of)


@router.post("/erasures/{erasure_id}/confirmation", summary="Erase a person for good")
@allow(ERASURE)
async def confirm_erasure(tx: Tx, erasure_id: Id) -> ErasureOut:
    """By another admin than asked for it. Pay records stay under an id that names nobody; their chain verifies as before."""
    return ErasureOut.of(await service.confirm(tx, erasure_id))


@router.delete("/erasures/{erasure_id}", status_code=204, summary="Take back an erasure that nobody confirmed")
@allow(ERASURE)
async def delete_erasure(tx: Tx, erasure_id: Id) -> None:
    """Once it is done, it does not come back."""
    await service.withdraw(tx, erasure_id)


@router.get("/me/data-export", summary="Everything that is kept of me")
@allow(OWN_DATA)
async def my_data_export(tx: Read, limit: Limit = LARGEST, cursor: Cursor = None) -> Listing[KeptRowOut]:
    """Every table with a row about you (Art. 15 and 20 GDPR), page by page; what you did for others by its keys only."""
    table, after = decode_cursor(cursor, 2) if cursor else ("", "")
    rows = await service.own_data(tx, (table, after), limit)
    shown, more = rows[:limit], len(rows) > limit
    items = [KeptRowOut(table=name, row=row) for name, _, row in shown]
    return Listing(items=items, next_cursor=encode_cursor(shown[-1][:2]) if more else None)


@router.get("/retention", summary="How long records are kept")
@allow(RETENTION_READ)
async def get_retention(tx: Read, response: Response) -> RetentionOut:
    """Months by kind of record, and the fewest that may be chosen. Every night what is older goes, in batches."""
    found = await retention.retention(tx)
    set_tag(response, found.version)
    return RetentionOut.of(found)


@router.put("/retention", summary="Choose how long records are kept")
@allow(RETENTION_WRITE)
async def put_retention(tx: Tx, body: RetentionPut, version: IfMatch, response: Response) -> RetentionOut:
    """A period below what the law asks is refused. A shorter one takes effect in the next night. Needs the ETag that was read."""
    made = await retention.put_retention(tx, body.months(), version)
    set_tag(response, made.version)
    return RetentionOut.of(made)


@router.get("/retention-proofs", summary="Proofs that records were removed")
@allow(RETENTION_READ)
async def list_retention_proofs(tx: Read, asked: Paged, kind: Kind | None = None) -> Listing[ProofOut]:
    """Oldest first: how many rows of which table went, those before which day. Each hash covers the proof before."""
    return listing(await retention.proof_page(tx, asked, kind), asked, ProofOut.of)
