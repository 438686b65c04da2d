"""The payroll file sums to the ledger, to the second, and cannot run anything in a spreadsheet."""

import csv
import hashlib
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.paytime.domain import PayKind
from app.paytime.domain.payroll_file import COLUMNS, PAY_CODES, PayLine, harmless, payroll_csv, totals
from tests.builders import Plant
from tests.paytime.builders import add_shift, add_worker, learned

MARCH = "from=2026-03-01&to=2026-03-31"
LEDGER = text("select coalesce(sum(seconds), 0), count(*) from pay_entry where organization_id = :organization_id")
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "-2+3+cmd|' /C calc'!A0",
]  # fmt: skip


def rows_of(file: str) -> tuple[list[list[str]], list[str]]:
    header, *lines, checksum = list(csv.reader(io.StringIO(file, newline="")))
    assert tuple(header) == COLUMNS
    return lines, checksum


async def test_the_file_sums_to_the_ledger_to_the_second(plant: Plant) -> None:
    async with plant.write() as tx:
        for who in ("worker", "colleague"):
            await add_shift(tx, plant, who)
        await add_shift(tx, plant, "stranger", site_id=plant.other_site_id)
    for who, start, end, kind in (
        ("worker", 0, 2.55, PayKind.MODULE), ("worker", 3, 4, PayKind.MODULE), ("worker", 5, 9.05, PayKind.QUIZ),
        ("colleague", -3, 1, PayKind.PEER_ASSIST), ("stranger", 7, 37, PayKind.PROTECTED_BLOCK),
    ):  # fmt: skip
        entries = await learned(plant, who, start, end, kind)
    await learned(plant, "worker", 50, 55)
    await plant.post("payroll", f"/v1/pay-entries/{entries[0]}/reversals", {"reason": "Block was broken"})
    answer = await plant.get("payroll", f"/v1/pay-exports?{MARCH}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert 'filename="pay-2026-03-01-2026-03-31.csv"' in answer.headers["content-disposition"]
    lines, checksum = rows_of(answer.text)
    assert lines == [
        ["0001", "2026-03-18", "BER", "LRN-MODULE", "513", "3"],
        ["0001", "2026-03-18", "BER", "LRN-QUIZ", "243", "1"],
        ["0002", "2026-03-18", "BER", "LRN-ASSIST", "60", "1"],
        ["0004", "2026-03-18", "CHI", "LRN-BLOCK", "0", "2"],
    ]
    async with plant.write() as tx:
        seconds, count = (await tx.rows(LEDGER))[0]
    assert (sum(int(line[4]) for line in lines), sum(int(line[5]) for line in lines)) == (seconds, count) == (816, 7)
    body = answer.text[: answer.text.index('"checksum"')]
    assert checksum == ["checksum", "4", "sha256", hashlib.sha256(body.encode()).hexdigest(), "816", "7"]
    sums = (await plant.get("payroll", f"/v1/pay-exports/totals?{MARCH}")).json()
    assert (sums["lines"], sums["seconds"], sums["entries"], sums["sha256"]) == (4, 816, 7, checksum[3])
    assert {kind["kind"]: kind["seconds"] for kind in sums["kinds"]} == {
        "module": 513, "quiz": 243, "peer_assist": 60, "protected_block": 0
    }  # fmt: skip
    one_site = await plant.get("payroll", f"/v1/pay-exports/totals?{MARCH}&site_id={plant.site_id}")
    assert (one_site.json()["seconds"], one_site.json()["lines"]) == (816, 3)


async def test_the_same_period_gives_the_same_bytes(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    await learned(plant, "worker", 0, 2)
    files = {(await plant.get(who, f"/v1/pay-exports?{MARCH}")).content for who in ("payroll", "admin", "integration")}
    assert len(files) == 1


async def test_an_empty_period_has_a_header_and_a_checksum(plant: Plant) -> None:
    lines, checksum = rows_of((await plant.get("payroll", f"/v1/pay-exports?{MARCH}")).text)
    assert (lines, checksum[1], checksum[4:]) == ([], "0", ["0", "0"])


async def test_an_export_needs_its_dates(plant: Plant) -> None:
    assert (await plant.get("payroll", "/v1/pay-exports")).status_code == 422


async def test_a_formula_as_employee_number_stays_text(plant: Plant) -> None:
    async with plant.write() as tx:
        await add_worker(tx, plant, "mallory", "=1+1")
        await add_shift(tx, plant, "mallory")
    await learned(plant, "mallory", 0, 2)
    assert '"\'=1+1","2026-03-18"' in (await plant.get("payroll", f"/v1/pay-exports?{MARCH}")).text


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_cell_that_would_start_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["0042", "A-7", "a=b", "7+", "Ω", ""])
def test_ordinary_text_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


LINES = st.lists(
    st.builds(
        PayLine, st.text(min_size=1, max_size=12) | st.sampled_from(HOSTILE), st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        st.sampled_from(["BER", "=BER", "a;=1", 'q"']), st.sampled_from(PayKind), st.integers(-90_000, 90_000),
        st.integers(1, 99),
    ),
    max_size=20,
)  # fmt: skip


@given(LINES)
def test_any_file_reads_back_to_its_lines_and_sums(lines: list[PayLine]) -> None:
    shown, checksum = rows_of(payroll_csv(lines))
    assert [int(row[4]) for row in shown] == [line.seconds for line in lines]
    assert [row[0].removeprefix("'") for row in shown] == [line.employee_number.removeprefix("'") for line in lines]
    assert int(checksum[4]) == totals(lines).seconds == sum(kind.seconds for kind in totals(lines).kinds)
    assert not any(cell.lstrip().startswith(("=", "+", "@", "-")) for row in shown for cell in row[:4])


def test_every_kind_has_a_pay_code_of_its_own() -> None:
    assert set(PAY_CODES) == set(PayKind)
    assert len(set(PAY_CODES.values())) == len(PayKind)
