"""The ten bugs of the small client in tests/demo, as the verdict tells them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from mockserver.testing import MockProviders
from tests.demo.client import Studio
from tests.demo.test_ten_bugs import CLIP, Hopeless, Patience

FOUND = {
    "reset": {"client.submit.paid-twice"},
    "xai:poll-500-once": {"client.submit.paid-twice"},
    "media_404_once": {"client.submit.paid-twice"},
    "stuck": {"client.poll.never-stops"},
    "failed": {"client.poll.after-the-end"},
    "done_without_url": {"client.finish.done-without-url-accepted"},
    "rate_limited": {"client.submit.ignores-retry-after"},
    "media_truncated": {"client.finish.truncated-accepted"},
}


def ended(studio: Studio, mock: MockProviders, folder: Path) -> str:
    """How the client ends, as whoever runs it sees it."""
    try:
        with contextlib.suppress(ValueError):  # of an address that is none: it went on before
            studio.extend(mock.source(CLIP), folder)
    except Hopeless:
        return "timeout"
    except RuntimeError:
        return "failure"
    return "success"


@pytest.mark.parametrize("scenario", FOUND)
def test_a_bug_of_the_order_is_told(
    scenario: str, mock_providers: MockProviders, tmp_path: Path
) -> None:
    mock_providers.scenario(scenario)
    one = mock_providers.xai
    outcome = ended(
        Studio(one.base_url, one.key, Patience(mock_providers)), mock_providers, tmp_path
    )
    said = {found.rule.id for found in one.verdict(outcome).findings}
    assert said == FOUND[scenario]


def test_nothing_is_told_while_all_goes_well(mock_providers: MockProviders, tmp_path: Path) -> None:
    one = mock_providers.xai
    outcome = ended(
        Studio(one.base_url, one.key, Patience(mock_providers)), mock_providers, tmp_path
    )
    assert one.verdict(outcome).findings == ()


@pytest.mark.mock_scenario("webhook_forged")
def test_a_webhook_that_is_believed_is_told(mock_providers: MockProviders) -> None:
    one, inbox = mock_providers.kie, mock_providers.inbox()
    told = Studio(one.base_url, one.key, Patience(mock_providers))
    told.generate(inbox.url)
    mock_providers.clock.advance(seconds=5)
    for message in inbox.wait():
        told.on_webhook(message["body"])
    assert told.sold
    said = [found.rule.id for found in one.verdict("success").findings]
    assert said == ["client.webhook.trusted-unsigned"]
