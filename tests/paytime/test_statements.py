"""A worker's own statement: the ledger to the second, in their language, as values, as a page and on paper."""

import io
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from app.paytime.domain import PayKind, Reason
from app.paytime.domain.statements import clock
from app.paytime.service.statement_words import ENGLISH, LANGUAGES, Words, spoken
from tests.builders import Plant
from tests.paytime.builders import add_shift, learned, pause

SPAN = "from=2026-03-01&to=2026-03-31"


@pytest.fixture
async def learner(plant: Plant) -> Plant:
    """The worker with two credits, one of them taken back, and a minute in the meal break."""
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker", 0, 480, pause(60, 90))
    (first,) = await learned(plant, "worker", 0, 4)
    await learned(plant, "worker", 10, 13, PayKind.QUIZ)
    await learned(plant, "worker", 59, 61)
    await plant.post("payroll", f"/v1/pay-entries/{first}/reversals", {"reason": "Auf falscher Karte <b>gebucht</b>"})
    return plant


async def rename(plant: Plant, name: str, *languages: str) -> None:
    async with plant.write() as tx:
        await tx.run(
            text(
                "update worker set display_name = :name, languages = :languages "
                "where organization_id = :organization_id and id = :id"
            ),
            name=name,
            languages=list(languages),
            id=plant.people["worker"],
        )


def words_of(pdf: bytes) -> str:
    """The text that a reader of the PDF finds."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def test_it_tells_everything_to_the_second(learner: Plant) -> None:
    made = (await learner.get("worker", f"/v1/me/pay-statement?{SPAN}")).json()
    account = (await learner.get("worker", f"/v1/me/pay-time?{SPAN}")).json()
    assert made["seconds"] == account["seconds"] == 180 + 60
    assert made["days"] == account["days"]
    (correction,) = made["corrections"]
    assert (correction["seconds"], correction["actor_name"]) == (-240, "Payroll")
    assert correction["reason"] == "Auf falscher Karte <b>gebucht</b>"
    assert made["uncredited"] == [{"reason": "meal_break", "seconds": 60}]
    assert sum(entry["seconds"] for entry in made["entries"]) == made["seconds"]
    assert len(made["ledger_hash"]) == 64


@pytest.mark.parametrize(
    ("languages", "asked", "language", "title"),
    [
        (("en",), "", "en", "Paid learning time"),
        (("es", "en"), "", "es", "Tiempo de aprendizaje pagado"),
        (("es",), "&language=en", "en", "Paid learning time"),
        (("en",), "&language=es-MX", "es", "Tiempo de aprendizaje pagado"),
        (("pl", "es"), "", "es", "Tiempo de aprendizaje pagado"),
        (("pl",), "", "en", "Paid learning time"),
    ],
)
async def test_it_speaks_the_workers_language(
    learner: Plant, languages: tuple[str, ...], asked: str, language: str, title: str
) -> None:
    await rename(learner, "Łucja Żółć", *languages)
    page = await learner.get("worker", f"/v1/me/pay-statement.html?{SPAN}{asked}")
    assert (page.status_code, page.headers["content-language"]) == (200, language)
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{title}</h1>" in page.text
    assert (await learner.get("worker", f"/v1/me/pay-statement?{SPAN}{asked}")).json()["language"] == language


async def test_the_page_is_one_document_without_script_and_escapes_what_people_wrote(learner: Plant) -> None:
    await rename(learner, "<script>alert(1)</script>", "en")
    page = await learner.get("worker", f"/v1/me/pay-statement.html?{SPAN}")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "&lt;b&gt;gebucht&lt;/b&gt;" in page.text
    assert "0:04:00" in page.text
    assert re.findall(r"(?:src|href)=", page.text) == []


async def test_the_pdf_holds_the_same_words_in_any_alphabet_of_europe(learner: Plant) -> None:
    await rename(learner, "Łucja Żółć Ελένη Жуков", "es")
    file = await learner.get("worker", f"/v1/me/pay-statement.pdf?{SPAN}")
    assert (file.status_code, file.headers["content-type"]) == (200, "application/pdf")
    assert file.content.startswith(b"%PDF-")
    said = words_of(file.content)
    for wanted in (
        "Tiempo de aprendizaje pagado",
        "Łucja Żółć Ελένη Жуков",
        "0:04:00",
        "−0:04:00",
        "gebucht",
        "En la pausa de comida",
    ):
        assert wanted in said, said


async def test_an_empty_statement_and_a_long_one_are_laid_out(plant: Plant) -> None:
    assert (await plant.get("worker", f"/v1/me/pay-statement.pdf?{SPAN}")).status_code == 200
    async with plant.write() as tx:
        await add_shift(tx, plant, "worker")
    from app.paytime import service as paytime
    from tests.paytime.builders import claim

    async with plant.write() as tx:
        await paytime.credit(tx, [claim(plant.people["worker"], n, n + 0.5) for n in range(400)])
    said = words_of((await plant.get("worker", f"/v1/me/pay-statement.pdf?{SPAN}")).content)
    assert said.count("0:00:30") >= 400
    assert "2/" in said
    made = (await plant.get("worker", f"/v1/me/pay-statement?{SPAN}")).json()
    assert len(made["entries"]) == 400


async def test_only_people_have_statements(plant: Plant) -> None:
    for kind in ("", ".html", ".pdf"):
        assert (await plant.get("integration", f"/v1/me/pay-statement{kind}")).status_code == 403
        late = await plant.get("worker", f"/v1/me/pay-statement{kind}?from=2026-01-01&to=2026-12-31")
        assert late.status_code == 422


def test_every_language_has_every_word() -> None:
    for language, words in LANGUAGES.items():
        assert set(words) == set(ENGLISH), language
        assert all(words.values())
    known: list[Any] = [*PayKind, *Reason]
    assert {value.value for value in known} <= set(ENGLISH)


def test_a_kind_of_later_versions_is_shown_as_it_is_called() -> None:
    assert Words("es")("night_school") == "Night school"
    assert spoken("xx", "es-ES") == "es"
    assert Words("es").day(date(2026, 3, 18)) == "mié 18 mar 2026"


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00:00"), (59, "0:00:59"), (3_600, "1:00:00"), (-3_661, "−1:01:01")])
def test_seconds_are_shown_exactly(seconds: int, shown: str) -> None:
    assert clock(seconds) == shown
