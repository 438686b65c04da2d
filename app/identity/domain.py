"""Rules of sign-in: what a secret may look like, how long a name waits after failures, how refresh tokens rotate."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import pairwise
from uuid import UUID

from app.core.access import Policy, Role

SESSIONS_OWN = Policy("sessions.own", own=True, temporary=True)
CREDENTIALS_OWN = Policy("credentials.own", own=True, temporary=True)
CREDENTIALS_WRITE = Policy("credentials.write", frozenset({Role.ADMIN}))
KEYS_READ = Policy("integration_keys.read", frozenset({Role.ADMIN}))
KEYS_WRITE = Policy("integration_keys.write", frozenset({Role.ADMIN}))

PIN = re.compile(r"[0-9]{6,8}")
SHORTEST_PASSWORD = 10
LONGEST_SECRET = 128
FEWEST_DIFFERENT = 5
# Walks over a keypad and favorites of published PIN lists that no general rule below catches.
WELL_KNOWN_PINS = frozenset((
    "112233", "445566", "789456", "456789", "147258", "258369", "159753", "159357", "753951", "147852", "258456",
    "123321", "321123", "123654", "456123", "789123", "963852", "852456", "246810", "135790", "102030", "314159",
    "271828", "696969", "420420", "101010", "007007", "11223344", "12344321", "43211234", "14725836", "15935700",
    "78945612", "31415926", "27182818", "24681012", "13579135",
))  # fmt: skip
COMMON_WORDS = ("password", "passwort", "contrasena", "letmein", "welcome", "qwerty", "iloveyou", "interlude")

# Seconds to wait after the 1st, 2nd .. 10th failure in a row. After the tenth only time or an admin's reset helps, so
# that a name stands at most ten guesses a day from everywhere together.
DELAYS = (0, 0, 30, 60, 120, 300, 900, 1800, 3600, 86_400)
# On a network from which people of the organization do sign in: others cannot make anybody there wait longer than this.
KNOWN_DELAYS = (0, 0, 30, 60, 120, 300, 900)
KNOWN_FOR = timedelta(days=30)
FORGOTTEN_AFTER = timedelta(hours=24)

GRACE = timedelta(seconds=60)
TEMPORARY_SECRET_LIFE = timedelta(hours=72)
TEMPORARY_SESSION = timedelta(minutes=15)
MOST_LIVE_KEYS = 2
LONGEST_KEY_DAYS = 365


class Scope(StrEnum):
    """What an integration key may be allowed to do."""

    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    ROSTER_READ = "roster:read"
    ROSTER_WRITE = "roster:write"
    DOWNTIME_READ = "downtime:read"
    DOWNTIME_WRITE = "downtime:write"
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    LEARNING_READ = "learning:read"
    LEARNING_WRITE = "learning:write"
    PLANNING_READ = "planning:read"
    PLANNING_WRITE = "planning:write"
    PAYTIME_READ = "paytime:read"
    PEERS_READ = "peers:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    EVENTS_READ = "events:read"
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"


class SecretKind(StrEnum):
    """What a person signs in with."""

    PASSWORD = "password"  # noqa: S105  # the name of a kind, not a secret
    PIN = "pin"


class Rotation(StrEnum):
    """What to do with a presented refresh token."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REVOKE = "revoke"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Link:
    """A stored refresh token: when it was exchanged, and whether the token it was exchanged for was used in turn."""

    used_at: datetime | None
    successor_used: bool
    same_client: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """A worker who may sign in: the stored hash of one secret, if there is one."""

    worker_id: UUID
    hash: str | None
    must_change: bool
    changed_at: datetime | None

    def accepts_at(self, now: datetime) -> bool:
        """A temporary secret works for three days; one that a worker chose works until it is changed."""
        return not self.must_change or (self.changed_at is not None and now < self.changed_at + TEMPORARY_SECRET_LIFE)


def rotation(link: Link | None, now: datetime) -> Rotation:
    """The verdict on a refresh token of a living session.

    The immediate predecessor of the newest token gets the same successor again for `GRACE` seconds, because an answer may
    be lost on the way, if the client that asks looks like the one that exchanged it. Any other exchanged token is in two
    hands: its whole family ends.
    """
    if link is None:
        return Rotation.REFUSE
    if link.used_at is None:
        return Rotation.ROTATE
    if link.same_client and not link.successor_used and now - link.used_at <= GRACE:
        return Rotation.REPEAT
    return Rotation.REVOKE


def normal(secret: str) -> str:
    """The secret in one Unicode form, so that the same keys on another device give the same bytes."""
    return unicodedata.normalize("NFKC", secret)


def secret_kind(secret: str) -> SecretKind:
    """6 to 8 digits are a PIN, everything else is a password."""
    return SecretKind.PIN if PIN.fullmatch(normal(secret)) else SecretKind.PASSWORD


def weakness(secret: str, known: Iterable[str]) -> str | None:
    """Why a new secret is refused, in words for whoever chose it; None when it is good.

    `known` is what others know about the worker, such as number and name.
    """
    secret = normal(secret)
    if secret_kind(secret) is SecretKind.PIN:
        if is_trivial(secret) or secret in {"".join(filter(str.isdigit, text)) for text in known}:
            return "This PIN is among the first that others would try. Choose 6 to 8 digits without a pattern or a date."
        return None
    if not SHORTEST_PASSWORD <= len(secret) <= LONGEST_SECRET:
        return "Use a PIN of 6 to 8 digits, or a password of 10 to 128 characters."
    folded = secret.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT:
        return "This password repeats too few characters."
    if any(word in folded for word in (*COMMON_WORDS, *(text.casefold() for text in known if len(text) > 3))):
        return "This password contains your name, your number or a word that others would try first."
    return None


def is_trivial(pin: str) -> bool:
    """Repeats, runs, keypad walks and dates: what is guessed first."""
    return pin in WELL_KNOWN_PINS or _repeats(pin) or _runs(pin) or len(set(pin)) < 3 or _is_date(pin)


def _repeats(pin: str) -> bool:
    return any(pin == (pin[:size] * len(pin))[: len(pin)] for size in range(1, len(pin) // 2 + 1))


def _runs(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1


def _is_date(pin: str) -> bool:
    if len(pin) == 8:
        orders = ((pin[:4], pin[4:6], pin[6:]), (pin[4:], pin[2:4], pin[:2]), (pin[4:], pin[:2], pin[2:4]))
        return any(1900 <= int(year) <= 2099 and _exists(int(year), month, day) for year, month, day in orders)
    if len(pin) == 6:
        orders = ((pin[:2], pin[2:4], pin[4:]), (pin[4:], pin[2:4], pin[:2]), (pin[4:], pin[:2], pin[2:4]))
        return any(_exists(2000 + int(year), month, day) for year, month, day in orders)
    return False


def _exists(year: int, month: str, day: str) -> bool:
    try:
        date(year, int(month), int(day))
    except ValueError:
        return False
    return True


def wait_after(failures: int, delays: Sequence[int] = DELAYS) -> timedelta:
    """How long a name waits after so many failures in a row."""
    return timedelta(seconds=delays[min(failures, len(delays)) - 1]) if failures else timedelta(0)


def network(address: str) -> str:
    """The network of a client address as it is counted: an IPv4 address, the /64 of an IPv6 one, else the text itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)


def login_name(login: str) -> str:
    """A login as it is counted and compared: case and surrounding space do not make another name."""
    return " ".join(normal(login).casefold().split())


def session_end(now: datetime, days: int, *, temporary: bool) -> datetime:
    """When a sign-in ends whatever happens; one with a temporary secret lasts just long enough to choose another."""
    return now + (TEMPORARY_SESSION if temporary else timedelta(days=days))


def access_seconds(now: datetime, expires_at: datetime, longest: int) -> int:
    """Life of an access token: never past the end of its session, at least one second."""
    return max(1, min(longest, int((expires_at.astimezone(UTC) - now).total_seconds())))
