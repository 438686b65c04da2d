"""What every use case of webhooks shares: the sender, the master keys, and who may manage them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.core.access import Policy
from app.core.db import ReadTransaction
from app.core.errors import Forbidden, Invalid
from app.core.jobs import Job
from app.core.runtime import Runtime
from app.integrations.domain import EndpointPolicy, UrlRefused
from app.integrations.pinning import AddressForbidden, NameUnresolved
from app.integrations.sealing import MasterKeys

if TYPE_CHECKING:
    from app.integrations.client import Sender

NAME = "integrations"
DELIVER = "integrations.deliver"


def sender(runtime: Runtime) -> "Sender":
    """The process's one sender, made and imported at its first use: most API processes never send anything."""
    from app.integrations.client import Sender  # noqa: PLC0415  # see above

    found = runtime.memory.get(NAME)
    if found is None:
        found = runtime.memory[NAME] = Sender(EndpointPolicy(allow_loopback=runtime.settings.webhooks_allow_loopback))
    assert isinstance(found, Sender)
    return found


def master_keys(keys: Mapping[str, bytes]) -> MasterKeys:
    """The settings' master keys, the first of which seals."""
    return MasterKeys(active=next(iter(keys), ""), keys=keys)


def must_manage(tx: ReadTransaction, policy: Policy) -> None:
    """Webhooks and the feed tell of the whole organization: a role on a part of it is not enough. Raises Forbidden."""
    if not policy.reaches(tx.caller, ()):
        raise Forbidden(f"This needs {policy.describe()} for the whole organization.")


def deliver_job(organization_id: UUID, endpoint_ids: Iterable[UUID], at: datetime | None = None, *, patient: bool = False) -> Job:
    """The job that sends what is due; `patient` lets other work go first, because the receiver is failing."""
    args = {"organization_id": str(organization_id), "endpoint_ids": sorted(str(one) for one in endpoint_ids)}
    return Job(DELIVER, args, scheduled_at=at, priority=-1 if patient else 0)


async def vet_url(runtime: Runtime, url: str) -> str:
    """A URL in its normal form, its name looked up. Call it with no transaction open. Raises Invalid."""
    try:
        return str(await sender(runtime).vet(url))
    except UrlRefused as error:
        raise Invalid.field("#/url", "Give an https URL with a public name.", f"url_{error.fault.value}") from error
    except NameUnresolved as error:
        raise Invalid.field("#/url", "The name has no address that we can find.", "name_unresolved") from error
    except AddressForbidden as error:
        raise Invalid.field("#/url", "The name leads to an address that webhooks may not reach.", "address_forbidden") from error
