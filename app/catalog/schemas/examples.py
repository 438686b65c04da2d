"""A small pack that is free of faults, as the example of the API document."""

from typing import Any

PACK: dict[str, Any] = {
    "pack": {
        "id": "line-care",
        "version": "1.0.0",
        "title": {"en": "Line care"},
        "license": "Our own",
        "source": "custom",
        "default_language": "en",
        "languages": ["en"],
        "skills": {"line-start": {"title": {"en": "Starting the line"}, "class": "technical"}},
    },
    "modules": [],
    "quizzes": [],
    "checklists": [
        {
            "id": "line-start-check",
            "title": {"en": "Before the line starts"},
            "skills": ["line-start"],
            "seconds": 120,
            "tags": ["start"],
            "items": {
                "guards": {"text": {"en": "Every guard is closed"}, "required": True, "photo": "optional"},
                "tools": {"text": {"en": "No tools are left on the line"}, "required": True, "photo": "none"},
            },
        }
    ],
}
