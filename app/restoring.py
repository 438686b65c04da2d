"""What a restored dump needs before it serves again: transaction ids begin anew in a new cluster.

The event feed and webhooks follow transaction ids. Rows from the old cluster would look as if they came from the future:
the feed would hide them, and new events would look older than every subscription and be told to nobody.
"""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

# 3 is the first ordinary transaction id: older than all that will ever run here, and not before any subscription.
FIRST = "3"
EVENTS = text(f"update event set writer = '{FIRST}' where writer <> '{FIRST}'")  # noqa: S608  # constant
SUBSCRIPTIONS = text(f"update webhook_endpoint set subscribed_from = '{FIRST}:{FIRST}:', lease = null, leased_until = null")  # noqa: S608  # constant


def begin_anew(owner_url: str) -> int:
    """Let restored events and subscriptions begin with this cluster's transaction ids; answers how many events."""
    engine = create_engine(make_url(owner_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(text("lock table event, webhook_endpoint in exclusive mode"))
            events = connection.execute(EVENTS).rowcount
            connection.execute(SUBSCRIPTIONS)
    finally:
        engine.dispose()
    return int(events)
