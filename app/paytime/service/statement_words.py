"""The words of a statement in each language; what a language lacks is said in English."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ENGLISH = {
    "title": "Paid learning time",
    "for": "Statement for",
    "number": "Number",
    "site": "Site",
    "period": "Period",
    "total": "Total paid",
    "days": "By day",
    "day": "Day",
    "kind": "Learning",
    "time": "Time (h:mm:ss)",
    "entries": "Entries",
    "from": "From",
    "to": "To",
    "corrections": "Corrections",
    "no_corrections": "Nothing was taken back.",
    "taken_back": "Taken back",
    "reason": "Reason",
    "by": "By",
    "uncredited": "Recorded and not paid",
    "no_uncredited": "Everything that was recorded is paid.",
    "made": "Made",
    "proof": "State of the ledger: entry {position}, fingerprint {hash}",
    "dispute": "If something is missing or wrong, tell payroll: every entry, correction and reason is kept.",
    "somebody": "somebody",
    "module": "Module",
    "quiz": "Quiz",
    "checklist": "Checklist",
    "peer_assist": "Peer assist",
    "protected_block": "Protected block",
    "shadowing": "Shadowing",
    "office_hours": "Office hours",
    "coaching": "Coaching",
    "already_credited": "Already paid",
    "meal_break": "In a meal break",
    "rest_break": "In a rest break",
    "off_shift": "Outside the shift",
    "over_cap": "Beyond a cap",
    "expired": "A session nobody ended",
}
SPANISH = {
    "title": "Tiempo de aprendizaje pagado",
    "for": "Extracto de",
    "number": "Número",
    "site": "Centro",
    "period": "Periodo",
    "total": "Total pagado",
    "days": "Por día",
    "day": "Día",
    "kind": "Aprendizaje",
    "time": "Tiempo (h:mm:ss)",
    "entries": "Anotaciones",
    "from": "Desde",
    "to": "Hasta",
    "corrections": "Correcciones",
    "no_corrections": "No se ha retirado nada.",
    "taken_back": "Retirado",
    "reason": "Motivo",
    "by": "Por",
    "uncredited": "Registrado y no pagado",
    "no_uncredited": "Todo lo registrado está pagado.",
    "made": "Emitido",
    "proof": "Estado del registro: anotación {position}, huella {hash}",
    "dispute": "Si falta algo o algo está mal, avise a nóminas: se guarda cada anotación, corrección y motivo.",
    "somebody": "alguien",
    "module": "Módulo",
    "quiz": "Cuestionario",
    "checklist": "Lista de comprobación",
    "peer_assist": "Ayuda entre compañeros",
    "protected_block": "Bloque protegido",
    "shadowing": "Acompañamiento",
    "office_hours": "Horas de consulta",
    "coaching": "Tutoría",
    "already_credited": "Ya pagado",
    "meal_break": "En la pausa de comida",
    "rest_break": "En un descanso",
    "off_shift": "Fuera del turno",
    "over_cap": "Por encima de un límite",
    "expired": "Una sesión que nadie terminó",
}
LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "es": SPANISH}


def spoken(*preferred: str) -> str:
    """The first language that a statement exists in; English where none does."""
    known = (tag.replace("_", "-").split("-")[0] for tag in preferred)
    return next((language for language in known if language in LANGUAGES), "en")


class Words:
    """How one language says things."""

    def __init__(self, language: str) -> None:
        self.language = spoken(language)
        # Only whoever reads or prints a page pays for the library and its calendars.
        from babel import dates  # noqa: PLC0415  # see above

        self._dates = dates

    def __call__(self, key: str) -> str:
        """The word for a key; a kind or reason of a later version is shown as it is called."""
        return LANGUAGES[self.language].get(key) or ENGLISH.get(key) or key.replace("_", " ").capitalize()

    def day(self, value: date) -> str:
        """A date with its weekday."""
        return self._dates.format_date(value, "EEE d MMM y", locale=self.language)

    def time(self, value: datetime, zone: str) -> str:
        """A local time to the second."""
        return f"{value.astimezone(ZoneInfo(zone)):%H:%M:%S}"

    def instant(self, value: datetime) -> str:
        """An instant in UTC."""
        return f"{self._dates.format_datetime(value.astimezone(UTC), 'medium', locale=self.language)} UTC"
