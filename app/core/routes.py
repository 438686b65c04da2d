"""Routes of the technical ground."""

from app.core.imports.routes import router

__all__ = ["router"]
