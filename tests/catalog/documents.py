"""The tiny pack as the one document that the API takes, without its media card."""

import copy
from typing import Any

from app.catalog.pack.yaml_rules import parse_yaml
from tests.catalog.packs import BODY_EN, BODY_ES, CHECKLIST, MODULE, PACK, QUIZ


def tiny_document() -> dict[str, Any]:
    """A fresh document that the linter has nothing against."""
    module: Any = parse_yaml(MODULE.encode())
    del module["cards"]["cord"]
    more = {"en": "The cord stops all of it at once. " * 24, "es": "La cuerda lo para todo a la vez. " * 24}
    return copy.deepcopy({
        "pack": parse_yaml(PACK.encode()),
        "modules": [{"module": module, "bodies": {"en": BODY_EN + "\n" + more["en"], "es": BODY_ES + "\n" + more["es"]}}],
        "quizzes": [parse_yaml(QUIZ.encode())],
        "checklists": [parse_yaml(CHECKLIST.encode())],
    })  # fmt: skip
