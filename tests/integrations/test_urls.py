"""An endpoint's URL is a public https name in one normal form, or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.domain import EndpointPolicy, UrlFault, UrlRefused, endpoint_url
from tests.integrations.hostile import DISGUISED_HOSTS, FORBIDDEN_V4, FORBIDDEN_V6, HOSTILE_URLS

DEVELOPMENT = EndpointPolicy(allow_loopback=True)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("HTTPS://Hooks.Example.COM:443/In/Box?A=b", "https://hooks.example.com/In/Box?A=b"),
        ("https://hooks.example.com./x", "https://hooks.example.com/x"),
        ("https://hooks.example.com/?", "https://hooks.example.com/"),
        ("https://hooks.example.com/a?x=1?y", "https://hooks.example.com/a?x=1?y"),
        ("https://hooks.example.com/caf\u00e9", "https://hooks.example.com/caf%C3%A9"),
        ("https://m\u00fcnchen.example.com/", "https://xn--mnchen-3ya.example.com/"),
        ("https://M\u00dcNCHEN.example.com/", "https://xn--mnchen-3ya.example.com/"),
        ("https://xn--mnchen-3ya.example.com/", "https://xn--mnchen-3ya.example.com/"),
        ("https://xn--strae-oqa.example.com/", "https://xn--strae-oqa.example.com/"),
        ("https://\u5b66\u7fd2\u3002example\uff0ecom/", "https://xn--48so16f.example.com/"),
        ("https://\uff45xample.com/", "https://example.com/"),
        ("https://127.0.0.1.nip.io/", "https://127.0.0.1.nip.io/"),
        ("https://a.b-c.1x/", "https://a.b-c.1x/"),
    ],
)
def test_a_public_name_gets_its_normal_form(text: str, normal: str) -> None:
    url = endpoint_url(text)
    assert str(url) == normal
    assert endpoint_url(str(url)) == url


@pytest.mark.parametrize("host", [*DISGUISED_HOSTS, *FORBIDDEN_V4])
def test_a_disguised_address_or_local_name_is_refused(host: str) -> None:
    for url in (f"https://{host}/hook", f"https://{host}:443/hook", f"https://{host}"):
        with pytest.raises(UrlRefused):
            endpoint_url(url)


@pytest.mark.parametrize("address", FORBIDDEN_V6)
def test_an_ipv6_literal_is_refused(address: str) -> None:
    with pytest.raises(UrlRefused):
        endpoint_url(f"https://[{address}]/hook")


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_url_is_refused_also_in_development(url: str) -> None:
    for policy in (EndpointPolicy(), DEVELOPMENT):
        with pytest.raises(UrlRefused):
            endpoint_url(url, policy)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com/", UrlFault.SCHEME),
        ("https://a:b@example.com/", UrlFault.USERINFO),
        ("https://example.com/#x", UrlFault.FRAGMENT),
        ("https://example.com:8443/", UrlFault.PORT),
        ("https://127.1/", UrlFault.ADDRESS),
        ("https://[::1]/", UrlFault.ADDRESS),
        ("https://printer.local/", UrlFault.HOST),
        ("https://a\\b/", UrlFault.CHARACTER),
        ("https://example.com/%zz", UrlFault.MALFORMED),
        ("https://example.com/" + "x" * 3_000, UrlFault.LENGTH),
    ],
)
def test_a_refusal_names_the_fault_and_never_repeats_the_url(url: str, fault: UrlFault) -> None:
    with pytest.raises(UrlRefused) as refused:
        endpoint_url(url)
    assert refused.value.fault is fault
    assert url not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_development_reaches_this_machine_on_any_port(scheme: str, host: str) -> None:
    url = endpoint_url(f"{scheme}://{host}:9099/hook", DEVELOPMENT)
    assert (url.scheme, url.host, url.port) == (scheme, host.lower(), 9099)
    assert endpoint_url(str(url), DEVELOPMENT) == url


@pytest.mark.parametrize("url", ["http://127.0.0.2/", "http://127.1/", "http://0.0.0.0/", "http://10.0.0.1/", "http://a.b/"])
def test_development_opens_nothing_else(url: str) -> None:
    with pytest.raises(UrlRefused):
        endpoint_url(url, DEVELOPMENT)


def test_ports_and_private_names_are_a_matter_of_policy() -> None:
    plant = EndpointPolicy(ports=frozenset({443, 8443}), private_names=True)
    assert str(endpoint_url("https://lms.plant.internal:8443/in", plant)) == "https://lms.plant.internal:8443/in"
    for url in ("https://lms.plant.internal:8080/", "https://x.localhost:8443/", "https://10.0.0.1/"):
        with pytest.raises(UrlRefused):
            endpoint_url(url, plant)


@given(st.text(max_size=60))
def test_any_host_is_refused_or_becomes_a_plain_name(host: str) -> None:
    try:
        url = endpoint_url(f"https://{host}/")
    except UrlRefused:
        return
    assert url.host.isascii()
    assert url.host == url.host.lower()
    assert "." in url.host
    assert endpoint_url(str(url)) == url


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_path_and_query_is_refused_or_stable(path: str, query: str) -> None:
    try:
        url = endpoint_url(f"https://hooks.example.com/{path}?{query}")
    except UrlRefused:
        return
    assert url.host == "hooks.example.com"
    assert url.target.isascii()
    assert endpoint_url(str(url)) == url
