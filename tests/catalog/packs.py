"""A tiny pack on disk that has no faults, and ways to give it some."""

from pathlib import Path

PACK = """
id: tiny
version: "1.0.0"
title: {en: Tiny pack, es: Paquete pequeño}
license: CC0
source: off_the_shelf
default_language: en
languages: [en, es]
skills:
  stop-line: {title: {en: Stopping the line, es: Parar la línea}, class: safety}
"""

MODULE = """
id: stop-the-line
seconds: 130
title: {en: Stop the line, es: Parar la línea}
summary: {en: When to pull the cord., es: Cuándo tirar de la cuerda.}
objectives: {en: [Know when to stop], es: [Saber cuándo parar]}
skills: [stop-line]
prerequisites: []
tags: [safety]
needs_tablet: false
sources:
  - {title: "29 CFR 1910.147", publisher: OSHA, url: "https://www.osha.gov/laws-regs"}
review_by: "2027-11-01"
cards:
  why: {kind: text}
  check: {kind: question, quiz: stop-quiz, item: first-step}
  cord: {kind: media, src: media/cord.svg, alt: {en: A yellow cord, es: Una cuerda amarilla}, seconds: 95}
"""

BODY_EN = """## {#why} Why it matters

A stopped line costs **minutes**. A hand in the machine costs a *hand*.

- pull
- wait
"""

BODY_ES = """## {#why} Por qué importa

Una línea parada cuesta **minutos**. Una mano en la máquina cuesta una *mano*.

- tirar
- esperar
"""

QUIZ = """
id: stop-quiz
title: {en: Stopping, es: Parar}
skills: [stop-line]
seconds: 120
draw: 3
pass_percent: 67
sources:
  - {title: "29 CFR 1910.147", publisher: OSHA, url: "https://www.osha.gov/laws-regs"}
items:
  first-step:
    type: single
    difficulty: 2
    stem: {en: What comes first?, es: ¿Qué va primero?}
    choices:
      notify: {en: Tell the crew, es: Avisar al equipo}
      cut: {en: Cut the power, es: Cortar la corriente}
    key: [notify]
    rationale: {en: Others must know first., es: Los demás deben saberlo.}
    feedback: {cut: {en: Who is still inside?, es: ¿Quién sigue dentro?}}
  who-may:
    type: true_false
    difficulty: 1
    stem: {en: Anybody may pull the cord., es: Cualquiera puede tirar de la cuerda.}
    choices:
      true_: {en: "True", es: Verdadero}
      false_: {en: "False", es: Falso}
    key: [true_]
    rationale: {en: Anybody may., es: Cualquiera puede.}
  when:
    type: multiple
    difficulty: 3
    stem: {en: When do you pull it?, es: ¿Cuándo tira de ella?}
    choices:
      smoke: {en: Smoke, es: Humo}
      noise: {en: A new noise, es: Un ruido nuevo}
      lunch: {en: Lunch, es: Almuerzo}
    key: [smoke, noise]
    rationale: {en: Not for lunch., es: No para almorzar.}
  steps:
    type: order
    difficulty: 4
    stem: {en: Put the steps in order., es: Ordene los pasos.}
    choices:
      wait: {en: Wait, es: Esperar}
      pull: {en: Pull, es: Tirar}
      tell: {en: Tell, es: Avisar}
    key: [pull, tell, wait]
    rationale: {en: Pull first., es: Primero tirar.}
"""

CHECKLIST = """
id: start-check
title: {en: Start of shift, es: Inicio de turno}
skills: [stop-line]
seconds: 180
tags: [safety]
sources:
  - {title: "29 CFR 1910.147", publisher: OSHA, url: "https://www.osha.gov/laws-regs"}
items:
  cord: {text: {en: The cord hangs free, es: La cuerda cuelga libre}, required: true, photo: required}
  lamp: {text: {en: The lamp works, es: La lámpara funciona}, required: false, photo: none}
"""

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9" fill="url(#paint)"/></svg>'

FILES = {
    "pack.yaml": PACK,
    "modules/stop-the-line/module.yaml": MODULE,
    "modules/stop-the-line/body.en.md": BODY_EN,
    "modules/stop-the-line/body.es.md": BODY_ES,
    "quizzes/stop-quiz.yaml": QUIZ,
    "checklists/start-check.yaml": CHECKLIST,
    "media/cord.svg": SVG,
}

MODULE_FILE = "modules/stop-the-line/module.yaml"
QUIZ_FILE = "quizzes/stop-quiz.yaml"
CHECKLIST_FILE = "checklists/start-check.yaml"
BODY_FILE = "modules/stop-the-line/body.en.md"


class PackFolder:
    """The tiny pack under a folder, faultless until changed."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / "tiny"
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, content: str | bytes) -> "PackFolder":
        """Write one file of the pack, making its folder."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def replace(self, name: str, old: str, new: str) -> "PackFolder":
        """Change a passage of a file; the passage must be there."""
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        return self.write(name, text.replace(old, new, 1))

    def remove(self, name: str) -> "PackFolder":
        """Take one file away."""
        (self.path / name).unlink()
        return self
