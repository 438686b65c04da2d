"""Request and answer shapes of the ledger."""
