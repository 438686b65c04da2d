"""Hostile cells for payroll files: every start of a formula, behind every disguise, with every payload."""

from itertools import product

STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    "\t=",
    "\r=",
    "\n=",
    " =",
    "\u00a0=",
    "\ufeff=",
    "  +",
    "'=",
)
BODIES = (
    "1+1", 'cmd|"/c calc"!A1', 'HYPERLINK("http://127.0.0.1","x")', "SUM(A1:A9)", 'IMPORTXML("http://127.0.0.1","//a")',
    'WEBSERVICE("http://127.0.0.1")', "2+5+cmd|' /C calc'!A0", 'DDE("cmd";"/C calc";"x")', "1;2", "A1,B1", '"quoted"', "ROW()",
    "@SUM(1+1)*cmd|' /C calc'!A0", "INDIRECT(A1)", "-1", "1e9",
)  # fmt: skip
TAILS = ("", " ", "\n", '"', ";=1+1", ",=1+1", "\r\n=1+1", "\t")
PAYLOADS = tuple(f"{start}{body}{tail}" for start, body, tail in product(STARTS, BODIES, TAILS))
VISIBLE = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet may take a cell's text for a formula: its first visible character starts one."""
    return cell.lstrip(" \t\r\n\0\u00a0\ufeff\u3000\u200b").startswith(VISIBLE)
