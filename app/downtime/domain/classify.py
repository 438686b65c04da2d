"""What a stoppage is, from its reason text and its length."""

import re
from enum import StrEnum

from app.downtime.domain.patterns import WindowKind


class StoppageKind(StrEnum):
    """What a stop was for, as far as its reason tells."""

    CHANGEOVER = "changeover"
    CLEANING = "cleaning"
    MAINTENANCE = "maintenance"
    MATERIAL = "material"
    NO_OPERATOR = "no_operator"
    BREAKDOWN = "breakdown"
    OTHER = "other"


class StoppageSize(StrEnum):
    """What fits: nothing, one module of 2-5 minutes, several, a long session, a protected block of 30 minutes."""

    MICRO = "micro"
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"
    BLOCK = "block"


# Word beginnings in English, Spanish and German, most telling kind first: "waiting for material after changeover" is
# a lack of material, "cleaning machine after jam" is cleaning.
WORDS: tuple[tuple[StoppageKind, tuple[str, ...]], ...] = (
    (
        StoppageKind.NO_OPERATOR,
        (
            r"no[ _]operator",
            r"operator (?:absent|missing)",
            "unstaffed",
            "no staff",
            "lunch",
            "on_break",
            "sin operador",
            "sin personal",
            r"kein (?:bediener|personal)",
            r"pause\b",
        ),
    ),
    (
        StoppageKind.MATERIAL,
        (
            "material",
            "shortage",
            "starv",
            "out of stock",
            "inventory",
            "no parts",
            "waiting for parts",
            "falta de",
            "faltante",
            "fehlteil",
        ),
    ),
    (
        StoppageKind.CHANGEOVER,
        (
            r"change[- ]?over",
            r"(?:batch|product|tool|die|mold|mould|format|size|style|color|colour|order) change",
            "change of ",
            r"set[- ]?up\b",
            "smed",
            r"cambio de\b",
            "umr[uü]st",
            "r[uü]sten",
            r"\w+wechsel",
        ),
    ),
    (StoppageKind.CLEANING, ("clean", "wash", r"cip\b", "sanit", r"(?:\w+ )?spill", "limpi", "lavado", "reinig")),
    (
        StoppageKind.MAINTENANCE,
        (
            "mainten",
            "lubric",
            "inspection",
            "calibrat",
            "adjust",
            "preventive",
            r"tpm\b",
            "mantenim",
            "ajuste",
            "wartung",
            "einstell",
        ),
    ),
    (
        StoppageKind.BREAKDOWN,
        (
            r"break[- ]?down",
            "fail",
            "fault",
            "jam",
            "broken",
            "defect",
            "alarm",
            "repair",
            "stuck",
            "blocked",
            "aver[ií]a",
            "falla",
            "atasco",
            "st[oö]rung",
            "ausfall",
            "defekt",
        ),
    ),
)
MATCHERS = tuple((kind, re.compile(rf"(?<!\w)(?:{'|'.join(words)})", re.IGNORECASE)) for kind, words in WORDS)

PLANNED_KINDS = frozenset({StoppageKind.CHANGEOVER, StoppageKind.CLEANING, StoppageKind.MAINTENANCE})
UNPLANNED_WORDS = re.compile(r"unplanned|unscheduled|corrective|emergency|no planificad|ungeplant", re.IGNORECASE)
PLANNED_WORDS = re.compile(r"(?<!\w)(?:planned|scheduled|preventive|planificad|geplant)", re.IGNORECASE)

# Nobody is there to learn when the operator is missing, and cleaning keeps hands busy without being downtime of them.
WINDOW_KINDS = {
    StoppageKind.CHANGEOVER: WindowKind.CHANGEOVER,
    StoppageKind.MAINTENANCE: WindowKind.LULL,
    StoppageKind.MATERIAL: WindowKind.LULL,
    StoppageKind.BREAKDOWN: WindowKind.LULL,
    StoppageKind.OTHER: WindowKind.OTHER,
}

YES = frozenset({"yes", "y", "true", "1", "planned", "si", "sí", "ja", "x"})
NO = frozenset({"no", "n", "false", "0", "unplanned", "nein"})


def classified(reason: str) -> StoppageKind:
    """The kind a reason text names; `other` when it names none."""
    return next((kind for kind, matcher in MATCHERS if matcher.search(reason)), StoppageKind.OTHER)


def is_planned(kind: StoppageKind, reason: str, stated: str = "") -> bool:
    """Whether a stoppage was planned: as the log states, else as its words say, else as its kind usually is."""
    answer = stated.strip().lower()
    if answer in YES | NO:
        return answer in YES
    if UNPLANNED_WORDS.search(reason):
        return False
    return bool(PLANNED_WORDS.search(reason)) or kind in PLANNED_KINDS


def sized(seconds: int) -> StoppageSize:
    """The size class of a length: below 2, 5, 10 and 30 minutes, and from 30 on."""
    if seconds < 120:
        return StoppageSize.MICRO
    if seconds < 300:
        return StoppageSize.SHORT
    if seconds < 600:
        return StoppageSize.MEDIUM
    return StoppageSize.LONG if seconds < 1800 else StoppageSize.BLOCK
