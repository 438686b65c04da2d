"""Tables of the ledger."""

from app.paytime.chain_rows import LedgerHeadRow, LedgerLinkRow, LedgerRetiredRow, LedgerUnsealedRow, PayPseudonymRow
from app.paytime.models.disputes import PayDisputeRow, PayDisputeStepRow
from app.paytime.models.ledger import PayClaimRow, PayEntryRow, PayExceptionRow, PayIntervalRow
from app.paytime.models.rules import PayOutcomeRow, PayPolicyRow
from app.paytime.models.sessions import PayHoldRow, PayResolutionRow, ProtectedBlockRow, ProtectedFactRow
from app.paytime.period_rows import PayCalendarRow, PayExportRow, PayPeriodRow

__all__ = [
    "LedgerHeadRow",
    "LedgerLinkRow",
    "LedgerRetiredRow",
    "LedgerUnsealedRow",
    "PayCalendarRow",
    "PayClaimRow",
    "PayDisputeRow",
    "PayDisputeStepRow",
    "PayEntryRow",
    "PayExceptionRow",
    "PayExportRow",
    "PayHoldRow",
    "PayIntervalRow",
    "PayOutcomeRow",
    "PayPeriodRow",
    "PayPolicyRow",
    "PayPseudonymRow",
    "PayResolutionRow",
    "ProtectedBlockRow",
    "ProtectedFactRow",
]
