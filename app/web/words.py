"""What fields of requests mean, for the API document; a field described where it is defined keeps that.

A name belongs here only if one sentence is true of it in every request.
"""

from typing import Any

WORDS: dict[str, str] = {
    "allow": "False forbids instead: a prohibition wins over every grant.",
    "anchor": "What the window follows: a shift's handover, or a recurrence.",
    "answers": "Chosen choices by item id.",
    "area_id": "Area of the site.",
    "audit_trail": "Months that the audit trail is kept.",
    "block_id": "The planned block.",
    "breaks": "Breaks inside the shift; nothing is planned into them.",
    "business_date": "Day the shift belongs to, also when it ends after midnight.",
    "cancelled": "True when it does not take place.",
    "cards": "Ids of cards.",
    "code": "Short code, unique among its kind.",
    "colleague_id": "The other person.",
    "country": "Two letters of ISO 3166.",
    "crew_id": "The crew.",
    "crews": "Crews, by id.",
    "daily_cap_minutes": "Most learning minutes a worker and day.",
    "day_cap_seconds": "Most paid learning a person and day.",
    "days": "Length in days.",
    "display_name": "Name as colleagues know it.",
    "dry_run": "True tells what would happen and changes nothing.",
    "due_at": "When it must be done.",
    "email": "Mail address, if there is one.",
    "employed_from": "First day of employment.",
    "employed_until": "Last day of employment.",
    "ends_at": "End, an instant.",
    "entitled_seconds": "Protected learning a person is entitled to in a week.",
    "entry_id": "The entry of the ledger that is disputed.",
    "events": "Event types: exact ones, `prefix.*` or `*`.",
    "exception_id": "The pay exception that is disputed.",
    "expected_seconds": "How long the stop is expected to last.",
    "from": "Start of the time, an instant.",
    "has_tablet": "Whether a shared tablet stands there.",
    "hourly_rate": "Pay of the shift an hour, in the currency's smallest unit, with the currency.",
    "id": "Made by the client, a UUID of version 7; without one where the server may choose. The same id takes effect once.",
    "job_related": "Whether what is learned is about the worker's job.",
    "job_role": "What the person does, as the plant calls it.",
    "job_roles": "Job roles, as the plant calls them.",
    "language": "Language tag, such as `es`.",
    "languages": "Language tags, best first.",
    "longest_session_seconds": "Longest single piece of paid learning.",
    "makes_up_id": "The broken block that this one makes up.",
    "mandatory": "Whether it must be done.",
    "mapping": "Our column names with the sender's name for each.",
    "max_learners": "How many may learn at the same time.",
    "minimum_staying": "How many must stay at work.",
    "minutes": "Length in minutes.",
    "name": "Name as people read it.",
    "night_from": "Local time from which the night differential is paid.",
    "night_until": "Local time until which the night differential is paid.",
    "node_id": "Organization, site, area, work center or crew it holds for.",
    "note": "A sentence in somebody's own words.",
    "notice_minutes": "How long before a block its people are told at the latest.",
    "number": "Employee number.",
    "options": "What this kind of import wants to know besides its rows.",
    "pattern_starts_at": "Which occurrence of the pattern: when it starts by the pattern.",
    "pay_records": "Months that pay records are kept.",
    "phone": "Phone number, if there is one.",
    "pinned": "A pinned block is never moved by the planner.",
    "pins": "Items and where they must be.",
    "plans": "Months that plans and blocks are kept.",
    "protected_block_minutes": "Length of a protected block in minutes.",
    "quantile_percent": "How many of a hundred stops last at least as long as is planned on.",
    "refresh_token": "The token that came with the last answer; it works once.",
    "reliability_percent": "How many of a hundred such windows really come.",
    "replay_since": "Send again what was not taken since this instant.",
    "return_seconds": "Time to get back to work at the end of a window.",
    "rows": "Rows as objects: column name and cell.",
    "scopes": "What the key may do.",
    "secret": "PIN or password.",
    "sent_at": "When the device sent it, by its own clock.",
    "setup_seconds": "Time to get ready at the start of a window.",
    "shift_cap_seconds": "Most paid learning in one shift.",
    "shift_type_id": "Kind of shift, with its times and breaks.",
    "sign_ins": "Months that sign-ins are kept.",
    "since": "From this instant on.",
    "site_id": "The site.",
    "skill": "Skill, by its key.",
    "source": "Name of the system it comes from; its ids are unique in there.",
    "started_at": "When it was started.",
    "starts_at": "Start, an instant.",
    "tablets": "How many tablets there are.",
    "time_cards": "Months that shifts, rosters and absences are kept.",
    "time_zone": "IANA name, such as `Europe/Berlin`.",
    "to": "End of the time, an instant.",
    "trainee_id": "Who learns beside the trainer.",
    "trainer_id": "Who gives the hour; without it, anybody with the skill.",
    "trainer_weekly_sessions": "Most shadowing sessions a trainer gives in a week.",
    "travel": "Whether it happens while travelling for work.",
    "undo_minutes": "How long a publication can be taken back.",
    "url": "Address, https with a public name.",
    "valid_from": "First day it holds.",
    "valid_until": "Last day it holds; null means until further notice.",
    "week_cap_seconds": "Most paid learning a person and week.",
    "weekly_cap_minutes": "Most learning minutes a worker and week; null for none.",
    "weekly_protected_blocks": "Protected blocks everybody gets in a week with a shift.",
    "weekly_target_minutes": "Learning minutes a worker should get in a week.",
    "window_id": "The window.",
    "work_center_id": "The line, department or ward.",
    "work_center_ids": "Work centers, by id.",
    "workday_starts": "Local time at which the plant's day begins.",
    "worker_id": "The worker.",
    "workers": "Workers, by id.",
}


def explained(document: dict[str, Any]) -> dict[str, Any]:
    """The API document with a meaning at every field of a request that has none of its own and whose name is known here."""
    for body in _requests(document):
        for field, value in body.get("properties", {}).items():
            # Beside a reference nothing may stand that every reader of the document understands.
            if field in WORDS and "$ref" not in value and not value.get("description"):
                value["description"] = WORDS[field]
    return document


def _requests(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that are sent to the API."""
    operations = (operation for item in document["paths"].values() for operation in item.values())
    bodies = [content["schema"] for one in operations for content in one.get("requestBody", {}).get("content", {}).values()]
    schemas = document["components"]["schemas"]
    return [schemas[body["$ref"].rsplit("/", 1)[1]] if "$ref" in body else body for body in bodies]
