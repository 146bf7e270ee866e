"""What a policy says of a name, and how a policy is read from words."""

from collections.abc import Sequence

import pytest

from mockserver import egress
from mockserver.egress import Pinned, Policy, PolicyError, Refused
from tests.egress.egress_steps import ANY, LOOPBACK, PRIVATE, Names, pinned, refused

# Names


@pytest.mark.parametrize(
    "host", ["clips.example.com", "localhost.example.com", "intranet", "a.local"]
)
async def test_loopback_never_asks_dns_about_a_name_that_is_not_local(host: str) -> None:
    dns = Names()
    refusal = await refused(LOOPBACK, f"https://{host}/clip.mp4", dns)
    assert refusal.kind == "not-allowed"
    assert "not even looked up" in refusal.reason
    assert dns.asked == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "films.localhost"])
async def test_localhost_is_this_machine_and_no_dns_is_asked(host: str) -> None:
    dns = Names()
    answer = await pinned(LOOPBACK, f"http://{host}:9/", dns)
    assert answer.addresses == ("127.0.0.1", "::1")
    assert dns.asked == []


async def test_a_name_is_pinned_to_its_first_answer() -> None:
    dns = Names(["192.168.0.7", "192.168.0.8"])
    answer = await pinned(PRIVATE, "https://nas.example.test/x?y=1", dns)
    assert answer.origin == ("nas.example.test", 443, ("192.168.0.7", "192.168.0.8"))
    assert answer.address == "192.168.0.7"
    assert answer.url == "https://nas.example.test/x?y=1"
    assert dns.asked == ["nas.example.test"]


async def test_one_forbidden_address_among_many_refuses_the_name() -> None:
    refusal = await refused(
        ANY, "http://two.example.test/", Names(["203.0.113.1", "169.254.169.254"])
    )
    assert refusal == Refused(
        "not-allowed",
        "two.example.test leads to 169.254.169.254, a cloud metadata address, never contacted",
    )


async def test_a_public_name_with_a_private_address_is_judged_by_the_address() -> None:
    refusal = await refused(
        Policy("loopback", frozenset({"other.test"})), "http://10.0.0.1/", Names()
    )
    assert refusal.reason == "10.0.0.1 is a private address, and the egress policy is loopback"
    refusal = await refused(PRIVATE, "http://far.example.test/", Names(["203.0.113.1"]))
    assert refusal.reason == (
        "far.example.test leads to 203.0.113.1, a public address, and the egress policy is private"
    )


@pytest.mark.parametrize("answer", [OSError(-2, "Name or service not known"), [], ["nonsense"]])
async def test_a_name_without_a_usable_answer_is_unresolved(
    answer: Sequence[str] | OSError,
) -> None:
    refusal = await refused(ANY, "http://gone.example.test/", Names(answer))
    assert refusal.kind == "unresolved"
    assert refusal.reason.startswith("gone.example.test has no address")


async def test_the_system_resolver_answers_with_addresses() -> None:
    assert await egress.system_resolver("127.0.0.1", 80) == ("127.0.0.1",)


# The policy in words


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", Policy()),
        ("loopback", Policy("loopback")),
        ("private", Policy("private")),
        ("any", Policy("any")),
        ("hooks.test", Policy("loopback", frozenset({"hooks.test"}))),
        (
            "private, Hooks.TEST.:8443 *.Example.test",
            Policy("private", frozenset({"hooks.test:8443", "*.example.test"})),
        ),
        (
            "[::FFFF:10.0.0.1]:80 [fd12:0::1]",
            Policy("loopback", frozenset({"10.0.0.1:80", "[fd12::1]"})),
        ),
    ],
)
def test_a_policy_is_read_from_words(text: str, policy: Policy) -> None:
    assert egress.parse(text) == policy


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("privat", "did you mean 'private'"),
        ("LOOPBACK", "did you mean 'loopback'"),
        ("any private", "one level, found any and private"),
        ("http://hooks.test", "write host, host:port"),
        ("hooks.test:", "write host, host:port"),
        ("hooks.test:0", "write host, host:port"),
        ("hooks.test:x", "write host, host:port"),
        ("*", "write host, host:port"),
        ("127.1", "write host, host:port"),
        ("*.10.0.0.1", "stands before a name"),
        ("169.254.169.254", "never contacted"),
        ("metadata.google.internal:80", "never contacted"),
    ],
)
def test_a_policy_written_wrongly_is_refused_with_what_is_allowed(
    text: str, complaint: str
) -> None:
    with pytest.raises(PolicyError, match=complaint.replace("*", r"\*")):
        egress.parse(text)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(PolicyError, match="allowed: loopback, private, any"):
        Policy("everything")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "url", "permitted"),
    [
        ("hooks.test", "http://hooks.test/", True),
        ("hooks.test", "http://hooks.test:8443/", True),
        ("hooks.test:8443", "http://hooks.test:8443/", True),
        ("hooks.test:8443", "http://hooks.test/", False),
        ("hooks.test", "http://a.hooks.test/", False),
        ("*.hooks.test", "http://a.b.hooks.test/", True),
        ("*.hooks.test:80", "http://a.hooks.test/", True),
        ("*.hooks.test:80", "http://a.hooks.test:81/", False),
        ("*.hooks.test", "http://hooks.test/", False),
        ("*.hooks.test", "http://evilhooks.test/", False),
        ("203.0.113.1:80", "http://203.0.113.1/", True),
        ("203.0.113.1:80", "https://203.0.113.1/", False),
        ("[2001:db8::1]", "http://[2001:db8:0::1]/", True),
    ],
)
async def test_an_allowed_host_is_reached_beyond_the_level(
    entry: str, url: str, permitted: bool
) -> None:
    policy = Policy("loopback", frozenset({entry}))
    answer = await egress.pin(policy, url, resolver=Names(["203.0.113.1"]))
    assert isinstance(answer, Pinned) is permitted


async def test_an_allowed_name_that_leads_to_metadata_is_still_refused() -> None:
    policy = Policy("loopback", frozenset({"hooks.test"}))
    refusal = await refused(policy, "http://hooks.test/", Names(["169.254.169.254"]))
    assert refusal.reason.endswith("never contacted")
