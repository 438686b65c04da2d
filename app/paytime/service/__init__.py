"""Use cases of the ledger; this module is what other features call."""

from app.paytime.domain.sessions import SessionAsked
from app.paytime.models.rules import PayOutcome
from app.paytime.service.accounts import account, entries, exceptions, period, seconds_used
from app.paytime.service.chain import forget_person
from app.paytime.service.corrections import Correction, replace, reverse
from app.paytime.service.crediting import APPEND, Booking, Ledger, book, credit, ledger_around, take_turn, understood
from app.paytime.service.decisions import decide
from app.paytime.service.disputes import answer, dispute, disputes, move_silent, open_dispute, own_disputes, reply
from app.paytime.service.exporting import pay_lines, payroll_file, payroll_totals
from app.paytime.service.looks import looks
from app.paytime.service.policies import policies, policy, put_policy
from app.paytime.service.protection import (
    BlockAsked,
    Interruption,
    break_block,
    known_block,
    own_blocks,
    own_rate,
    plan_block,
    promise,
    promise_again,
    promised,
    seen_block,
    site_rates,
    take_back,
)
from app.paytime.service.retention import retire_beside, retire_claims
from app.paytime.service.review import review, touched
from app.paytime.service.sessions import (
    end_session,
    expire_sessions,
    own_id,
    own_session,
    own_sessions,
    start_session,
    void_session,
)

__all__ = [
    "APPEND",
    "BlockAsked",
    "Booking",
    "Correction",
    "Interruption",
    "Ledger",
    "PayOutcome",
    "SessionAsked",
    "account",
    "answer",
    "book",
    "break_block",
    "credit",
    "decide",
    "dispute",
    "disputes",
    "end_session",
    "entries",
    "exceptions",
    "expire_sessions",
    "forget_person",
    "known_block",
    "ledger_around",
    "looks",
    "move_silent",
    "open_dispute",
    "own_blocks",
    "own_disputes",
    "own_id",
    "own_rate",
    "own_session",
    "own_sessions",
    "pay_lines",
    "payroll_file",
    "payroll_totals",
    "period",
    "plan_block",
    "policies",
    "policy",
    "promise",
    "promise_again",
    "promised",
    "put_policy",
    "replace",
    "reply",
    "retire_beside",
    "retire_claims",
    "reverse",
    "review",
    "seconds_used",
    "seen_block",
    "site_rates",
    "start_session",
    "take_back",
    "take_turn",
    "touched",
    "understood",
    "void_session",
]
