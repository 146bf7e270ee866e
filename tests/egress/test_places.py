"""Every spelling of a URL that may mislead is no place, and every other has one spelling."""

import pytest

from tests.egress.egress_steps import ANY, LOOPBACK, Names, pinned, refused


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://LocalHost.:80", "http://localhost/"),
        ("https://localhost:443/a%2Fb?x=%2F&y=[1]#part", "https://localhost/a%2Fb?x=%2F&y=[1]"),
        ("http://127.0.0.1.:8080?q", "http://127.0.0.1:8080/?q"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("http://[::ffff:7f00:1]/", "http://127.0.0.1/"),
        ("http://１２７。０。０。１/", "http://127.0.0.1/"),
        ('http://localhost/é"<>', "http://localhost/%C3%A9%22%3C%3E"),
        ("http://localhost:/x", "http://localhost/x"),
    ],
)
async def test_a_permitted_url_has_one_spelling(url: str, canonical: str) -> None:
    assert (await pinned(LOOPBACK, url)).url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost/x",
        "/x",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http:///x",
        "http://",
        "http://[::1",
        "http://[::1]x/",
        "http://[fe80::1%25eth0]/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.5/",
        "http://1.2.3.256/",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://localhost:99999999/",
        "http://localhost:8a/",
        "http://localhost\\@example.test/",
        "http://local\thost/",
        "http://localhost/a b",
        "http://localhost/\r\nX-Evil: 1",
        "http://localhost/\ud800",
        "http://%6c%6fcalhost/",
        "http://-a.test/",
        "http://a..test/",
        "http://" + "a" * 64 + ".test/",
        "http://\u2100.test/",
        "http://ab\u0301\u200f.test/",
        "http://localhost/" + "a" * 9000,
    ],
)
async def test_what_can_be_read_in_two_ways_is_no_url(url: str) -> None:
    dns = Names()
    refusal = await refused(ANY, url, dns)
    assert refusal.kind == "bad-url"
    assert len(refusal.reason) < 250
    assert dns.asked == []


async def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    refusal = await refused(ANY, "http://me:hunter2@localhost/")
    assert refusal.kind == "bad-url"
    assert "hunter2" not in refusal.reason
