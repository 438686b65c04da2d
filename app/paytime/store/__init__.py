"""Every statement about the ledger: `writing` appends, `reading` answers."""
