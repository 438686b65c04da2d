"""Numbers that several shapes of the downtime map share."""

from typing import Annotated

from pydantic import Field

from app.core.schemas import Whole

FewMinutes = Annotated[Whole, Field(ge=0, le=480)]
Buffer = Annotated[Whole, Field(ge=0, le=7200)]
Learners = Annotated[Whole, Field(ge=1, le=1000)]
Staying = Annotated[Whole, Field(ge=0, le=1000)]
