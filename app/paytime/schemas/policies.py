"""Shapes of a site's pay policy."""

from datetime import time
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from app.core.schemas import Flag, Input, Output, Whole
from app.paytime.domain import PayKind
from app.paytime.domain.rules import Outside, PayPolicy

WEEK = 604_800
Cap = Annotated[Whole, Field(ge=60, le=WEEK)] | None
Entitled = Annotated[Whole, Field(ge=0, le=WEEK)]
Longest = Annotated[Whole, Field(ge=60, le=28_800)]
Booked = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]*$")]
UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
CenterId = Annotated[str, Field(pattern=UUID_PATTERN)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])] | None


class PayPolicyPut(Input):
    """The whole policy of a site; what is left out has its default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"outside": "record_as_paid", "night_from": "22:00", "night_until": "06:00", "weekend": True}]
        }
    )

    outside: Outside = Outside.RECORD_AS_PAID
    shift_cap_seconds: Cap = None
    day_cap_seconds: Cap = None
    week_cap_seconds: Cap = None
    entitled_seconds: Entitled = 1800
    longest_session_seconds: Longest = 1800
    night_from: Clock = None
    night_until: Clock = None
    weekend: Flag = False
    pay_codes: Annotated[dict[PayKind, Booked], Field(max_length=20)] = Field(default_factory=dict)
    cost_centers: Annotated[dict[CenterId, Booked], Field(max_length=500)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def whole_nights(self) -> Self:
        """A night has both ends, and they differ."""
        if (self.night_from is None) != (self.night_until is None) or (self.night_from and self.night_from == self.night_until):
            raise ValueError("give night_from and night_until, and let them differ")
        return self

    def value(self, version: int) -> PayPolicy:
        """As the ledger takes it."""
        return PayPolicy(
            outside=self.outside,
            shift_cap=self.shift_cap_seconds,
            day_cap=self.day_cap_seconds,
            week_cap=self.week_cap_seconds,
            entitled=self.entitled_seconds,
            longest_session=self.longest_session_seconds,
            night_from=time.fromisoformat(self.night_from) if self.night_from else None,
            night_until=time.fromisoformat(self.night_until) if self.night_until else None,
            weekend=self.weekend,
            pay_codes={kind.value: code for kind, code in self.pay_codes.items()},
            cost_centers=dict(self.cost_centers),
            version=version,
        )


class PayPolicyOut(Output):
    """The policy that holds at a site; `version` is 0 while it is the default."""

    outside: Outside
    shift_cap_seconds: int | None
    day_cap_seconds: int | None
    week_cap_seconds: int | None
    entitled_seconds: int
    longest_session_seconds: int
    night_from: str | None
    night_until: str | None
    weekend: bool
    pay_codes: dict[str, str]
    cost_centers: dict[str, str]
    version: int

    @classmethod
    def of(cls, policy: PayPolicy) -> Self:
        """The answer for one site."""
        return cls(
            outside=policy.outside,
            shift_cap_seconds=policy.shift_cap,
            day_cap_seconds=policy.day_cap,
            week_cap_seconds=policy.week_cap,
            entitled_seconds=policy.entitled,
            longest_session_seconds=policy.longest_session,
            night_from=policy.night_from.strftime("%H:%M") if policy.night_from else None,
            night_until=policy.night_until.strftime("%H:%M") if policy.night_until else None,
            weekend=policy.weekend,
            pay_codes=dict(policy.pay_codes),
            cost_centers=dict(policy.cost_centers),
            version=policy.version,
        )
