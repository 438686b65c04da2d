"""What the checker reports: a hard rule that a plan breaks."""

from dataclasses import dataclass
from enum import StrEnum

from app.planning.domain.problem import Id


class Rule(StrEnum):
    """The hard rules, by the name of breaking them."""

    UNKNOWN = "unknown"
    NOT_ACCOUNTED = "not_accounted"
    WRONG_LENGTH = "wrong_length"
    OUTSIDE_HORIZON = "outside_horizon"
    OUTSIDE_WINDOW = "outside_window"
    OVER_USABLE = "over_usable"
    OUTSIDE_SHIFT = "outside_shift"
    WRONG_WORK_CENTER = "wrong_work_center"
    WRONG_WINDOW = "wrong_window"
    UNQUALIFIED_TRAINER = "unqualified_trainer"
    TRAINER_LIMIT = "trainer_limit"
    TWO_AT_ONCE = "two_at_once"
    TWO_PLACES = "two_places"
    TOO_MANY_LEARNERS = "too_many_learners"
    BELOW_MINIMUM = "below_minimum"
    TOO_FEW_QUALIFIED = "too_few_qualified"
    NO_TABLET = "no_tablet"
    PREREQUISITE = "prerequisite"
    PAST_DUE = "past_due"
    BEFORE_RELEASE = "before_release"
    LANGUAGE = "language"
    DAILY_CAP = "daily_cap"
    WEEKLY_CAP = "weekly_cap"
    BLACKOUT = "blackout"
    PIN_LOST = "pin_lost"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; `subject_id` is the item, or the window or work center for rules about places."""

    rule: Rule
    subject_id: Id
    sentence: str
