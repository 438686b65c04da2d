"""The layout of a statement on paper: A4, one table a topic, a font that knows Latin, Greek and Cyrillic letters."""

from importlib.resources import files
from typing import Any

from app.paytime.domain.statements import Statement, clock
from app.paytime.service.statement_words import Words

FONT = "Roboto"
SOFT, INK, SHADE, LINE = (90, 100, 96), (20, 33, 29), (238, 243, 240), (205, 214, 209)


def pdf_of(made: Statement, words: Words) -> bytes:
    """The bytes of the PDF."""
    paper = _paper(made, words)
    _heading(paper, made, words)
    _table(
        paper,
        words("days"),
        (words("day"), words("kind"), words("time")),
        [(words.day(t.business_date), words(t.kind.value), clock(t.seconds)) for t in made.totals],
        (50, 90, 40),
    )
    _table(
        paper,
        words("corrections"),
        (words("day"), words("taken_back"), words("reason"), words("by")),
        [
            (words.day(e.business_date), clock(e.seconds), e.reason or "", made.names.get(str(e.actor_id), words("somebody")))
            for e in made.corrections
        ],
        (34, 26, 80, 40),
        words("no_corrections"),
    )
    _table(
        paper,
        words("uncredited"),
        (words("reason"), words("time")),
        [(words(reason.value), clock(seconds)) for reason, seconds in made.uncredited],
        (140, 40),
        words("no_uncredited"),
    )
    _table(
        paper,
        words("entries"),
        (words("day"), words("kind"), words("from"), words("to"), words("time")),
        [
            (
                words.day(e.business_date),
                words(e.kind.value),
                words.time(e.starts_at, e.time_zone),
                words.time(e.ends_at, e.time_zone),
                clock(e.seconds),
            )
            for e in made.entries
        ],
        (38, 50, 28, 28, 36),
    )
    return bytes(paper.output())


def _paper(made: Statement, words: Words) -> Any:
    from fpdf import FPDF  # noqa: PLC0415  # only whoever prints pays for it

    class Paper(FPDF):
        """A page with its number and the state of the ledger at the foot."""

        def footer(self) -> None:
            """What every page ends with."""
            self.set_y(-16)
            self.set_font(FONT, size=7)
            self.set_text_color(*SOFT)
            self.cell(
                0, 4, words("proof").format(position=made.head.position, hash=made.head.hash.hex()), new_x="LMARGIN", new_y="NEXT"
            )
            self.cell(0, 4, f"{words('made')}: {words.instant(made.made_at)}   {self.page_no()}/{{nb}}")

    paper = Paper(format="A4")
    shipped = files("font_roboto").joinpath("files")
    paper.add_font(FONT, fname=str(shipped.joinpath("Roboto-Regular.ttf")))
    paper.add_font(FONT, style="B", fname=str(shipped.joinpath("Roboto-Bold.ttf")))
    paper.set_margin(15)
    paper.set_auto_page_break(auto=True, margin=20)
    paper.set_title(words("title"))
    paper.set_lang(made.language)
    paper.set_draw_color(*LINE)
    paper.set_creation_date(made.made_at)
    paper.add_page()
    return paper


def _heading(paper: Any, made: Statement, words: Words) -> None:
    paper.set_text_color(*INK)
    paper.set_font(FONT, "B", 20)
    paper.cell(0, 10, words("title"), new_x="LMARGIN", new_y="NEXT")
    paper.set_font(FONT, size=10)
    paper.set_text_color(*SOFT)
    span = f"{words.day(made.period.first)} – {words.day(made.period.last)}"
    for label, value in (
        ("for", f"{made.worker} ({words('number')} {made.number})"),
        ("site", made.site),
        ("period", span),
    ):
        paper.cell(0, 5.5, f"{words(label)}: {value}", new_x="LMARGIN", new_y="NEXT")
    paper.ln(3)
    paper.set_text_color(*INK)
    paper.set_font(FONT, "B", 14)
    paper.cell(0, 8, f"{words('total')}: {clock(made.seconds)}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font(FONT, size=9)
    paper.multi_cell(0, 4.5, words("dispute"), new_x="LMARGIN", new_y="NEXT")


def _table(
    paper: Any, title: str, head: tuple[str, ...], rows: list[tuple[str, ...]], widths: tuple[int, ...], empty: str = ""
) -> None:
    from fpdf.fonts import FontFace  # noqa: PLC0415  # see above

    paper.ln(4)
    paper.set_font(FONT, "B", 11)
    paper.cell(0, 7, title, new_x="LMARGIN", new_y="NEXT")
    paper.set_font(FONT, size=9)
    if not rows:
        paper.cell(0, 6, empty or "–", new_x="LMARGIN", new_y="NEXT")
        return
    style = FontFace(emphasis="BOLD", fill_color=SHADE)
    aligned = tuple("RIGHT" if cell[:1].isdigit() or cell[:1] == "−" else "LEFT" for cell in rows[0])
    options = {"col_widths": widths, "headings_style": style, "borders_layout": "HORIZONTAL_LINES", "text_align": aligned}
    with paper.table(**options, line_height=5.5) as table:
        for cells in (head, *rows):
            row = table.row()
            for cell in cells:
                row.cell(cell)
