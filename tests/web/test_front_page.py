"""The page somebody sees first."""

import re

import httpx


async def test_the_front_page_says_where_to_go_next(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    assert page.status_code == 200
    assert "minutes a shift already has" in page.text
    for link in re.findall(r'href="([^"]+)"', page.text):
        assert (await http.get(link)).status_code == 200, link


async def test_the_front_page_loads_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "https://" not in page.text
