"""Which work center each row of a log is about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.db import ReadTransaction
from app.core.imports import ImportRow
from app.downtime.domain.stoppages import clean, name_of
from app.downtime.policies import DOWNTIME_WRITE
from app.downtime.service.log_options import LogOptions, refused
from app.people import service as people
from app.people.domain import WorkCenter

LONGEST_MACHINE = 120
ODD = re.compile("[\ufeff\u00a0\u202f\u2007]")
UNKNOWN = "work_center: names no work center you may map"


@dataclass(slots=True)
class LogPlaces:
    """The work centers a log may be about, by code, and the machines seen so far.

    Readers know machines only; each pair of work center and machine gets a name of its own that leads back to both.
    """

    centers: Mapping[str, WorkCenter]
    fixed: WorkCenter | None
    lines: Mapping[str, str]
    zone: ZoneInfo
    machines: dict[str, tuple[UUID, str]] = field(default_factory=dict)

    def placed(self, row: ImportRow, machine_named: bool) -> tuple[str, str]:
        """The reader's name of a row's machine, and why the row cannot be placed, one of them empty."""
        machine = name_of(clean(row.values.get("machine", "")))
        code = name_of(clean(row.values.get("work_center", ""))) or self.lines.get(machine, "")
        center = self.centers.get(code) if code else self.fixed
        if machine_named and not machine:
            return "", ""
        if center is None:
            return "", UNKNOWN
        if len(machine) > LONGEST_MACHINE:
            return "", f"machine: is longer than {LONGEST_MACHINE} characters"
        token = f"{center.id}/{machine}"
        self.machines[token] = (center.id, machine)
        # The reader tells about odd characters, so they stay on the name that it cleans.
        return token + "".join(ODD.findall(row.values.get("machine", ""))), ""

    @property
    def line_of(self) -> dict[str, str]:
        """The reader's machine names and their lines, which are work centers."""
        return {token: str(center_id) for token, (center_id, _) in self.machines.items()}


async def log_places(tx: ReadTransaction, options: LogOptions) -> LogPlaces:
    """The work centers within the caller's reach that a log may name. Raises Invalid for options that name no place."""
    sites = await people.sites(tx)
    named = next((site for site in sites.values() if site.code == options.site), None)
    if options.site and named is None:
        raise refused("site", "is not the code of a site")
    reached = [
        center
        for center in await people.work_centers(tx, site_id=named.id if named else None)
        if DOWNTIME_WRITE.reaches(tx.caller, center.nodes)
    ]
    centers = {center.code: center for center in reached}
    if options.work_center and options.work_center not in centers:
        raise refused("work_center", "is not the code of a work center you may map")
    if not named and len({center.site_id for center in _wanted(reached, options)}) > 1:
        raise refused("site", "name the site: these codes occur at several sites")
    fixed = centers.get(options.work_center)
    zone = options.zone or ZoneInfo(_zone_name([fixed] if fixed else reached))
    return LogPlaces(centers, fixed, options.lines, zone)


def _wanted(reached: Sequence[WorkCenter], options: LogOptions) -> Sequence[WorkCenter]:
    codes = {options.work_center, *options.lines.values()} - {""}
    return [center for center in reached if not codes or center.code in codes]


def _zone_name(centers: Sequence[WorkCenter]) -> str:
    return centers[0].time_zone if centers else "UTC"
