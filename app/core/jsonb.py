"""Values as JSON text, for statements that cast it to jsonb."""

from typing import Any

import orjson


def as_json(value: Any) -> str:
    """JSON text of plain values, instants and ids; the driver's own UUID class, unknown to orjson, is written as text."""
    return orjson.dumps(value, default=str).decode()
