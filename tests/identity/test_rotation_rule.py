"""The rotation rule against every order of use, loss, theft and waiting."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.identity.domain import GRACE, Link, Rotation, rotation

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


@dataclass
class Family:
    """Storage as the service keeps it: tokens are numbers, the successor of n is n + 1."""

    used: dict[int, datetime] = field(default_factory=dict)
    newest: int = 0
    revoked: bool = False

    def present(self, token: int, now: datetime) -> int | None:
        """Exchange a token; the next one, or None when refused."""
        if self.revoked:
            return None
        known = Link(self.used.get(token), (token + 1) in self.used) if 0 <= token <= self.newest else None
        decided = rotation(known, now)
        if decided is Rotation.REVOKE:
            self.revoked = True
        if decided in (Rotation.REVOKE, Rotation.REFUSE):
            return None
        if decided is Rotation.ROTATE:
            self.used[token] = now
            self.newest = token + 1
        return token + 1


class Phones(RuleBasedStateMachine):
    """A worker whose answers get lost, and a thief with old copies of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.family = Family()
        self.now = NOW
        self.mine = 0  # the newest token the worker received
        self.sent_at: datetime | None = None  # when the worker first sent it, if the answer was lost

    def alive(self) -> bool:
        return not self.family.revoked

    @rule(seconds=st.integers(0, 90))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(alive)
    @rule(lost=st.booleans())
    def worker_refreshes(self, lost: bool) -> None:
        late = self.sent_at is not None and self.now - self.sent_at > GRACE
        answer = self.family.present(self.mine, self.now)
        if late:
            assert answer is None, "a retry after the grace cannot be told from a theft"
            return
        assert answer == self.mine + 1, "a worker who retries in time is never locked out"
        if lost:
            self.sent_at = self.sent_at or self.now
        else:
            self.mine, self.sent_at = answer, None

    @precondition(lambda self: self.alive() and self.family.newest >= 2)
    @rule(age=st.integers(2, 50))
    def thief_replays_an_old_token(self, age: int) -> None:
        token = max(0, self.family.newest - age)
        assert self.family.present(token, self.now) is None, "an old token never works, however young"
        assert self.family.revoked, "and it never goes unnoticed"

    @precondition(lambda self: self.alive() and self.family.newest >= 1)
    @rule()
    def thief_replays_the_predecessor(self) -> None:
        token = self.family.newest - 1
        in_time = self.now - self.family.used[token] <= GRACE
        answer = self.family.present(token, self.now)
        assert answer == (self.family.newest if in_time else None)
        assert self.family.revoked is not in_time

    @rule(token=st.integers(1000, 2000))
    def somebody_guesses(self, token: int) -> None:
        before = self.family.revoked
        assert self.family.present(token, self.now) is None
        assert self.family.revoked is before, "a guess ends nobody's sign-in"

    @invariant()
    def exactly_one_token_is_unused(self) -> None:
        assert set(self.family.used) == set(range(self.family.newest))


Phones.TestCase.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
TestPhones = Phones.TestCase


def test_the_trap_first_second_third_then_first_again_inside_the_grace() -> None:
    family = Family()
    assert [family.present(0, NOW), family.present(1, NOW)] == [1, 2]
    assert family.present(0, NOW) is None
    assert family.revoked


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (None, Rotation.REFUSE),
        (Link(None, successor_used=False), Rotation.ROTATE),
        (Link(NOW, successor_used=False), Rotation.REPEAT),
        (Link(NOW - GRACE, successor_used=False), Rotation.REPEAT),
        (Link(NOW - GRACE - timedelta(microseconds=1), successor_used=False), Rotation.REVOKE),
        (Link(NOW, successor_used=True), Rotation.REVOKE),
        (Link(NOW, successor_used=False, same_client=False), Rotation.REVOKE),
        (Link(None, successor_used=False, same_client=False), Rotation.ROTATE),
    ],
)
def test_each_case_of_the_rule(link: Link | None, expected: Rotation) -> None:
    assert rotation(link, NOW) is expected
