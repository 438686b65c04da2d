"""Short sentences for workers, in English and Spanish; other languages read the English one."""

from collections.abc import Mapping, Sequence
from functools import cache

from app.planning.domain.now import Hold, Why

REASONS: Mapping[str, Mapping[Why, str]] = {
    "en": {
        Why.OVERDUE: "it is overdue",
        Why.DUE_TODAY: "it is due within a day",
        Why.DUE_SOON: "it is due within a week",
        Why.MANDATORY: "it is mandatory",
        Why.SCHEDULED_NOW: "it is planned for now",
        Why.STARTED: "you have started it",
        Why.FITS: "it fits the time you have",
        Why.TOO_LONG: "it is longer than the time you have",
    },
    "es": {
        Why.OVERDUE: "está atrasado",
        Why.DUE_TODAY: "vence en menos de un día",
        Why.DUE_SOON: "vence en menos de una semana",
        Why.MANDATORY: "es obligatorio",
        Why.SCHEDULED_NOW: "está previsto para ahora",
        Why.STARTED: "ya lo has empezado",
        Why.FITS: "cabe en el tiempo que tienes",
        Why.TOO_LONG: "dura más que el tiempo que tienes",
    },
}
HOLDS: Mapping[str, Mapping[Hold | None, str]] = {
    "en": {
        None: "You can learn now.",
        Hold.OFF_SHIFT: "You are not on shift. Learning is planned inside your shift, so nothing waits for you now.",
        Hold.ON_BREAK: "You are on your break.",
        Hold.NO_WINDOW: "No learning time is planned at your line right now.",
        Hold.NO_PLACE: "Every place of this window is taken.",
        Hold.COVERAGE_MINIMUM: "The line needs you right now: too few people would stay.",
    },
    "es": {
        None: "Puedes aprender ahora.",
        Hold.OFF_SHIFT: "No estás en tu turno. El aprendizaje se planifica dentro del turno, así que ahora no te espera nada.",
        Hold.ON_BREAK: "Estás en tu descanso.",
        Hold.NO_WINDOW: "Ahora mismo no hay tiempo de aprendizaje previsto en tu línea.",
        Hold.NO_PLACE: "Todas las plazas de este hueco están ocupadas.",
        Hold.COVERAGE_MINIMUM: "La línea te necesita ahora: quedarían muy pocas personas.",
    },
}
JOIN = {"en": " and ", "es": " y "}


def spoken(languages: Sequence[str]) -> str:
    """The language to answer in: the worker's first one that we have sentences in."""
    return next((code for one in languages if (code := one.split("-")[0]) in REASONS), "en")


def why_sentence(title: str, why: Sequence[Why], language: str) -> str:
    """One sentence naming the two strongest reasons; whether it fits is always told when it does not."""
    return f"{title}: {_reasons(tuple(why), language)}."


@cache
def _reasons(why: tuple[Why, ...], language: str) -> str:
    # A date tells more than "mandatory".
    said = [one for one in why if one is not Why.MANDATORY] if len(why) > 1 + (Why.MANDATORY in why) else list(why)
    shown = [*said[:1], Why.TOO_LONG] if Why.TOO_LONG in said[1:] else said[:2]
    return JOIN[language].join(REASONS[language][one] for one in shown)


def hold_sentence(hold: Hold | None, language: str) -> str:
    """Whether the worker can learn now, and if not why."""
    return HOLDS[language][hold]
