"""Every table that names a person, and what showing and erasing them means there; a test compares it with the database."""

from app.privacy.domain import Held

MINE = "t.worker_id = :person"


def under(column: str, table: str, mine: str = "o.worker_id = :person") -> str:
    """Rows that belong to rows about the person."""
    return f"t.{column} in (select o.id from {table} o where o.organization_id = :organization_id and {mine})"  # noqa: S608  # constants


ASSISTS = "t.helper_id = :person or t.helped_id = :person"
# In the order of erasing: what belongs to something comes before it.
TABLES: dict[str, Held] = {
    # Signing in and roles: gone.
    "refresh_token": Held(under("session_id", "session"), erased=True, hidden=("token_hash", "successor", "used_by")),
    "session": Held(MINE, erased=True),
    "credential": Held(MINE, erased=True, hidden=("hash",)),
    "role_grant": Held(MINE, by=("granted_by",), erased=True),
    "membership": Held(MINE, erased=True),
    "external_id": Held("t.kind = 'worker' and t.thing_id = :person", erased=True),
    "idempotency_key": Held("t.principal_id = :person", erased=True, hidden=("fingerprint", "body", "headers")),
    "import_row": Held("t.thing_id = :person", erased=True),
    # What they learned, could and were offered: gone.
    "worker_skill": Held(MINE, erased=True),
    "assignment_target": Held("t.kind = 'worker' and t.ref = cast(cast(:person as uuid) as text)", erased=True),
    "assignment_worker": Held(MINE, erased=True),
    "attempt_conflict": Held(MINE, hidden=("fingerprint",)),
    "attempt": Held(MINE, erased=True, hidden=("fingerprint",)),
    "progress": Held(MINE, erased=True),
    "learning_offer": Held(MINE, erased=True),
    "block_flag": Held(under("block_id", "block"), erased=True),
    "block": Held(MINE, erased=True),
    "shadow_session": Held("t.trainee_id = :person or t.trainer_id = :person", by=("requested_by",), erased=True),
    "protected_request": Held(
        "cast(:person as uuid) = any(t.worker_ids)",
        by=("requested_by",),
        blanked={"worker_ids": "array_remove(t.worker_ids, cast(:person as uuid))"},
    ),
    # Help between two people stays for the other one, without the note.
    "peer_assist": Held(ASSISTS, blanked={"note": "null"}),
    # Working time and pay: kept for the legal time under an id that names nobody; free text goes (`erase_texts`).
    "shift": Held(MINE),
    "absence": Held(MINE),
    "pay_claim": Held(MINE, by=("actor_id",)),
    "pay_entry": Held(MINE, by=("actor_id",)),
    "pay_exception": Held(MINE, by=("actor_id",)),
    "pay_interval": Held(MINE),
    "pay_hold": Held(MINE, by=("actor_id",)),
    "pay_resolution": Held(under("hold_id", "pay_hold"), by=("actor_id",)),
    "pay_outcome": Held(under("exception_id", "pay_exception"), by=("actor_id",)),
    "pay_dispute_step": Held(under("dispute_id", "pay_dispute"), by=("actor_id",)),
    "pay_dispute": Held(MINE),
    "protected_fact": Held(under("block_id", "protected_block"), by=("actor_id",)),
    "protected_block": Held(MINE, by=("planned_by",)),
    "pay_pseudonym": Held("t.person_id = :person", hidden=("pseudonym", "proof")),
    "audit_entry": Held("t.subject_id = :person or t.actor_id = :person", hidden=("digest", "address", "session_id")),
    "erasure": Held(MINE, by=("requested_by", "confirmed_by")),
    # The person: a number and a name that name nobody.
    "worker": Held(
        "t.id = :person",
        blanked={
            "display_name": "'Erased person'",
            "number": "'erased-' || right(cast(t.id as text), 12)",
            "languages": "array['en']",
            "email": "null",
            "phone": "null",
            "job_role": "null",
            "employed_from": "null",
            "employed_until": "null",
            "version": "t.version + 1",
        },
    ),
    # What they did for others: the others' records.
    "api_key": Held(by=("created_by",)),
    "assignment": Held(by=("created_by",)),
    "blackout": Held(by=("created_by",)),
    "import_run": Held(by=("created_by",)),
    "live_window": Held(by=("opened_by",)),
    "pay_export": Held(by=("created_by",)),
    "pay_period": Held(by=("approved_by", "closed_by")),
    "pay_policy": Held(by=("changed_by",)),
    "plan": Held(by=("requested_by",)),
    "planning_policy": Held(by=("updated_by",)),
    "retention_policy": Held(by=("changed_by",)),
    "webhook_endpoint": Held(by=("created_by",)),
}
