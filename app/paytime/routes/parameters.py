"""Query parameters that the ledger's routes share."""

from typing import Annotated

from fastapi import Query

from app.core.schemas import CalendarDate, Id

First = Annotated[CalendarDate | None, Query(alias="from", description="First business date, included.")]
Last = Annotated[CalendarDate | None, Query(alias="to", description="Last business date, included.")]
FirstDate = Annotated[CalendarDate, Query(alias="from", description="First business date, included.")]
LastDate = Annotated[CalendarDate, Query(alias="to", description="Last business date, included.")]
OfSite = Annotated[Id | None, Query(description="Only time paid at this site.")]
OfWorker = Annotated[Id | None, Query(description="Only this worker's time.")]
OnlyOpen = Annotated[bool, Query(alias="open", description="Only what nobody has decided about.")]
