"""The HTTP edge: problems, limits before parsing, request ids, entity tags, idempotency keys."""
