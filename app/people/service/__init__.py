"""Use cases of people and place; other features call the functions named here."""

from app.people.service.external import find_external, link_external
from app.people.service.organizations import (
    CreatedOrganization,
    NewAdmin,
    NewSite,
    change_organization,
    create_organization,
    organization,
)
from app.people.service.reads import active_workers, site, sites, work_center, work_centers, worker, workers

__all__ = [
    "CreatedOrganization",
    "NewAdmin",
    "NewSite",
    "active_workers",
    "change_organization",
    "create_organization",
    "find_external",
    "link_external",
    "organization",
    "site",
    "sites",
    "work_center",
    "work_centers",
    "worker",
    "workers",
]
