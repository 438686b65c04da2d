"""Parts of the chaos harnesses: processes to kill, plants to work in, writers that remember, and an independent auditor."""
