"""What is kept of a person, table by table: shown to them, erased on demand, and removed when its time is over.

It must not become a second way to change the ledger: pay records stay, their chain verifies as before.
"""
