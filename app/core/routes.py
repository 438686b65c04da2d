"""Routes of the technical ground."""

from fastapi import APIRouter

from app.core.audit.routes import router as audit
from app.core.imports.routes import router as imports

router = APIRouter()
router.routes += imports.routes
router.routes += audit.routes
