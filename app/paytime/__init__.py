"""The ledger of Paid Protected Learning Time: append-only integer seconds that payroll can trust.

It must not become a timesheet of everything, and it never rounds.
"""
