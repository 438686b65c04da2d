"""Shapes of organizations, sites, areas, work centers, stations and crews."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.schemas import Code, Count, Flag, Id, Input, Name, Output, Patch, TimeZone
from app.people.schemas.parts import Country, LocalTime

WorkCenterKind = Literal["line", "cell", "ward", "department", "store", "warehouse", "other"]


def example(**fields: Any) -> ConfigDict:
    """The configuration of an input with one example."""
    return ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [fields]})


class OrganizationOut(Output):
    """The caller's organization."""

    id: UUID
    slug: str
    name: str
    version: int


class OrganizationPatch(Patch):
    """What an admin may change about the organization."""

    model_config = example(name="Bergfeld Beverages")

    name: Name | None = None


class SiteCreate(Input):
    """A new site. `workday_starts` is when the business day begins there, local time."""

    model_config = example(code="BER", name="Berlin bottling", time_zone="Europe/Berlin", country="DE")

    id: Id | None = None
    code: Code
    name: Name
    time_zone: TimeZone
    country: Country | None = None
    workday_starts: LocalTime = Field(default="00:00", validate_default=True)


class SitePatch(Patch):
    """What may change about a site."""

    model_config = example(name="Berlin bottling hall")
    clearable: ClassVar[frozenset[str]] = frozenset({"country"})

    code: Code | None = None
    name: Name | None = None
    time_zone: TimeZone | None = None
    country: Country | None = None
    workday_starts: LocalTime | None = None


class SiteOut(Output):
    """A site."""

    id: UUID
    code: str
    name: str
    time_zone: str
    country: str | None
    workday_starts: LocalTime
    version: int


class AreaCreate(Input):
    """A new part of a site."""

    model_config = example(site_id="0190f5d0-0000-7000-8000-000000000001", code="HALL-A", name="Hall A")

    id: Id | None = None
    site_id: Id
    code: Code
    name: Name


class AreaPatch(Patch):
    """What may change about an area."""

    model_config = example(name="Hall A, ground floor")

    code: Code | None = None
    name: Name | None = None


class AreaOut(Output):
    """A part of a site."""

    id: UUID
    site_id: UUID
    code: str
    name: str
    version: int


class WorkCenterCreate(Input):
    """A new line, cell, ward or department; `minimum_staying` is the smallest headcount it runs with."""

    model_config = example(
        site_id="0190f5d0-0000-7000-8000-000000000001", code="L1", name="Filling line 1", minimum_staying=3, tablets=2
    )

    id: Id | None = None
    site_id: Id
    area_id: Id | None = None
    code: Code
    name: Name
    kind: WorkCenterKind = "line"
    minimum_staying: Count = 0
    tablets: Count = 0


class WorkCenterPatch(Patch):
    """What may change about a work center."""

    model_config = example(minimum_staying=4)
    clearable: ClassVar[frozenset[str]] = frozenset({"area_id"})

    area_id: Id | None = None
    code: Code | None = None
    name: Name | None = None
    kind: WorkCenterKind | None = None
    minimum_staying: Count | None = None
    tablets: Count | None = None


class WorkCenterOut(Output):
    """A line, cell, ward or department."""

    id: UUID
    site_id: UUID
    area_id: UUID | None
    code: str
    name: str
    kind: str
    minimum_staying: int
    tablets: int
    version: int


class StationCreate(Input):
    """A new place at a work center where somebody works or a tablet hangs."""

    model_config = example(work_center_id="0190f5d0-0000-7000-8000-000000000002", code="S1", name="Filler", has_tablet=True)

    id: Id | None = None
    work_center_id: Id
    code: Code
    name: Name
    has_tablet: Flag = False


class StationPatch(Patch):
    """What may change about a station."""

    model_config = example(has_tablet=True)

    code: Code | None = None
    name: Name | None = None
    has_tablet: Flag | None = None


class StationOut(Output):
    """A place at a work center."""

    id: UUID
    work_center_id: UUID
    code: str
    name: str
    has_tablet: bool
    version: int


class CrewCreate(Input):
    """A new crew: people who rotate together, usually at one work center."""

    model_config = example(
        site_id="0190f5d0-0000-7000-8000-000000000001",
        work_center_id="0190f5d0-0000-7000-8000-000000000002",
        code="L1-A",
        name="Line 1, crew A",
    )

    id: Id | None = None
    site_id: Id
    work_center_id: Id | None = None
    code: Code
    name: Name


class CrewPatch(Patch):
    """What may change about a crew."""

    model_config = example(name="Line 1, early crew")
    clearable: ClassVar[frozenset[str]] = frozenset({"work_center_id"})

    work_center_id: Id | None = None
    code: Code | None = None
    name: Name | None = None


class CrewOut(Output):
    """A crew."""

    id: UUID
    site_id: UUID
    work_center_id: UUID | None
    code: str
    name: str
    version: int
