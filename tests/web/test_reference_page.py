"""The API reference as a page."""

import httpx

from app.web.reference import coded


def test_what_stands_between_backticks_is_code() -> None:
    assert str(coded("read `/v1/plans/{id}` until `proposed`.")) == (
        "read <code>/v1/plans/{id}</code> until <code>proposed</code>."
    )


def test_text_of_the_document_is_never_markup() -> None:
    assert str(coded("`<b>` & <script>")) == "<code>&lt;b&gt;</code> &amp; &lt;script&gt;"
    assert str(coded("a lonely ` and <i>")) == "a lonely ` and &lt;i&gt;"


async def test_the_page_shows_every_operation_and_no_backticks(http: httpx.AsyncClient) -> None:
    page, document = await http.get("/docs"), (await http.get("/openapi.json")).json()
    operations = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert [name for name in operations if f'id="{name}"' not in page.text] == []
    assert "`" not in page.text
