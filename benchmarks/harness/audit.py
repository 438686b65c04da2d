"""The independent auditor: asks PostgreSQL as its owner, past the application, what is lost, half there or doubled."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from benchmarks.harness.postgres import Owner

LOST = """
select count(*) from jsonb_to_recordset(cast(:acked as jsonb)) as k(id uuid, paid int)
left join attempt a on a.organization_id = :org and a.id = k.id
where a.id is null or a.paid_seconds <> k.paid
"""
HALF = {
    "attempt without its claim": """
        select count(*) from attempt a left join pay_claim c
        on c.organization_id = a.organization_id and c.worker_id = a.worker_id and c.source_id = a.id
        where a.organization_id = :org and a.status <> 'open' and a.seconds > 0 and c.source_id is null""",
    "claim without its attempt": """
        select count(*) from pay_claim c left join attempt a on a.organization_id = c.organization_id and a.id = c.source_id
        where c.organization_id = :org and c.kind in ('module', 'quiz', 'checklist') and a.id is null""",
    "claim not settled to the second": """
        select count(*) from pay_claim c where c.organization_id = :org and c.seconds <>
        coalesce((select sum(e.seconds) from pay_entry e where e.organization_id = c.organization_id
            and e.worker_id = c.worker_id and e.source_id = c.source_id and e.entry_type = 'credit'), 0)
        + coalesce((select sum(x.seconds) from pay_exception x where x.organization_id = c.organization_id
            and x.worker_id = c.worker_id and x.source_id = c.source_id and not x.paid), 0)""",
    "attempt that tells other seconds than the ledger": """
        select count(*) from attempt a where a.organization_id = :org and a.paid_seconds <> coalesce((select sum(e.seconds)
        from pay_entry e where e.organization_id = a.organization_id and e.worker_id = a.worker_id and e.source_id = a.id), 0)""",
    "attempt without its event": """
        select count(*) from attempt a where a.organization_id = :org and a.status = 'completed' and not exists (
        select from event v where v.organization_id = a.organization_id and v.type = 'attempt.completed'
        and v.subject_id = a.id)""",
    "event without its attempt": """
        select count(*) from event v left join attempt a on a.organization_id = v.organization_id and a.id = v.subject_id
        where v.organization_id = :org and v.type = 'attempt.completed' and a.id is null""",
    "claim without its event": """
        select count(*) from (select source_id from pay_claim where organization_id = :org and seconds > 0 except
        select cast(data->>'source_id' as uuid) from event where organization_id = :org and type = 'pplt.session.recorded') c""",
    "credit that is not guarded": """
        select count(*) from pay_entry e left join pay_interval i on i.organization_id = e.organization_id and i.entry_id = e.id
        where e.organization_id = :org and e.entry_type = 'credit' and i.entry_id is null""",
}
DOUBLED = {
    "event told twice": """
        select coalesce(sum(n - 1), 0) from (select count(*) as n from event where organization_id = :org
        and type in ('attempt.completed', 'pplt.session.recorded', 'assignment.created')
        group by type, coalesce(data->>'source_id', cast(subject_id as text)) having count(*) > 1) d""",
    "source claimed by two workers": """
        select coalesce(sum(n - 1), 0) from (select count(*) as n from pay_claim where organization_id = :org
        group by source_id having count(*) > 1) d""",
}
OVERLAPS = """
select count(*) from (select starts_at, max(ends_at) over (partition by worker_id order by starts_at, ends_at
rows between unbounded preceding and 1 preceding) as taken_until from pay_entry e where organization_id = :org
and entry_type = 'credit' and not exists (select from pay_entry r where r.organization_id = e.organization_id
and r.reverses_id = e.id)) o where starts_at < taken_until
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the auditor found; all of it must be nothing."""

    lost: int
    half: dict[str, int]
    doubled: dict[str, int]
    overlaps: int

    @property
    def total(self) -> int:
        """Everything that broke a promise."""
        return self.lost + sum(self.half.values()) + sum(self.doubled.values()) + self.overlaps

    def summary(self) -> str:
        """One line for the report."""
        counts = f"{self.lost} lost, {sum(self.half.values())} half-applied, {sum(self.doubled.values())} doubled"
        named = [f"{count} {name}" for name, count in {**self.half, **self.doubled}.items() if count]
        return "; ".join([f"{counts}, {self.overlaps} overlaps", *named])


def audit(postgres: Owner, organization_id: UUID, acked: Iterable[tuple[str, int]]) -> Findings:
    """Compare what clients were told with what is stored, and what is stored with itself."""

    def count(statement: str, **values: object) -> int:
        return int(postgres.rows(statement, org=organization_id, **values)[0][0])

    # Tables that grew a moment ago have no statistics yet, and the questions below join all of them.
    postgres.run("analyze")
    told = json.dumps([{"id": made, "paid": paid} for made, paid in acked])
    return Findings(
        lost=count(LOST, acked=told),
        half={name: count(statement) for name, statement in HALF.items()},
        doubled={name: count(statement) for name, statement in DOUBLED.items()},
        overlaps=count(OVERLAPS),
    )
