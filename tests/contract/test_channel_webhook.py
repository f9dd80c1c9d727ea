"""Webhooks against a receiver on loopback, signatures checked by the reference library."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError

from tests.helpers import digests
from tests.helpers.channels import SECRET, outgoing, webhook_channel
from tests.helpers.receiver import Answer, receiver
from tests.helpers.smtp import Certificates
from watcher import settings
from watcher.clock import SystemClock
from watcher.deliver import WebhookChannel, decode_secret
from watcher.deliver.answers import clean_answer, retry_after, url_secrets
from watcher.deliver.webhook import MAX_BODY
from watcher.digest import Look
from watcher.errors import ConfigError
from watcher.model import Attempt, AttemptOutcome, AttemptReason

DIGEST = digests.digest(digests.topic("mosul-offensive", digests.story("s1"), digests.story("s2")))
OTHER = "whsec_" + base64.b64encode(b"another key of thirty-two bytes.").decode()


async def attempted(channel: WebhookChannel, name: str = "dlv_1") -> Attempt:
    return await channel.send(outgoing(channel, channel.render(DIGEST, name), name=name))


async def answered(answer: Answer, wait: float = 5) -> Attempt:
    async with receiver(answer) as hook:
        return await attempted(webhook_channel(hook.url, wait=wait))


async def test_the_request_is_a_signed_digest() -> None:
    async with receiver() as hook:
        attempt = await attempted(webhook_channel(hook.url))
    assert (attempt.outcome, attempt.reason, attempt.recipients) == (AttemptOutcome.SENT, AttemptReason.ACCEPTED, ())
    (request,) = hook.requests
    assert (request.method, request.target) == ("POST", "/hook")
    assert request.verified(SECRET)["data"]["topics"][0]["topic"] == "mosul-offensive"
    assert request.headers["webhook-id"] == "dlv_1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("Watcher/")


async def test_a_retry_has_the_same_id_and_body_and_a_signature_of_its_own_time() -> None:
    async with receiver(Answer(status=500), Answer()) as hook:
        channel = webhook_channel(hook.url)
        body = channel.render(DIGEST, "dlv_1")
        outcomes = [(await channel.send(outgoing(channel, body))).outcome for _ in range(2)]
    assert outcomes == [AttemptOutcome.RETRY, AttemptOutcome.SENT]
    first, second = hook.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.verified(SECRET)


async def test_two_secrets_make_two_signatures() -> None:
    async with receiver() as hook:
        await attempted(webhook_channel(hook.url, secret=(SECRET, OTHER)))
    (request,) = hook.requests
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    assert request.verified(SECRET) == request.verified(OTHER)


async def test_a_wrong_secret_does_not_verify() -> None:
    async with receiver() as hook:
        await attempted(webhook_channel(hook.url))
    with pytest.raises(WebhookVerificationError):
        hook.requests[0].verified(OTHER)


async def test_no_secret_no_signature() -> None:
    async with receiver() as hook:
        await attempted(webhook_channel(hook.url, secret=()))
    assert "webhook-signature" not in hook.requests[0].headers
    assert hook.requests[0].headers["webhook-id"] == "dlv_1"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "plain-word"])
def test_a_secret_that_cannot_be_one_is_a_fault_with_its_place(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        webhook_channel("https://example.org/", secret=(secret,))
    (fault,) = caught.value.faults
    assert fault.path == "channels.hook.secret"
    assert "whsec_" in fault.message
    assert secret == "" or secret not in fault.message.replace("whsec_ followed", "")


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), OTHER.rstrip("="), f" {OTHER}\n"])
def test_secrets_come_with_and_without_prefix_and_padding(secret: str) -> None:
    assert len(decode_secret(secret)) >= 24


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_success_is_delivered(status: int) -> None:
    assert (await answered(Answer(status=status))).outcome is AttemptOutcome.SENT


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (301, AttemptOutcome.RETRY, AttemptReason.STATUS),
        (307, AttemptOutcome.RETRY, AttemptReason.STATUS),
        (400, AttemptOutcome.RETRY, AttemptReason.STATUS),
        (401, AttemptOutcome.RETRY, AttemptReason.AUTH),
        (403, AttemptOutcome.RETRY, AttemptReason.AUTH),
        (404, AttemptOutcome.RETRY, AttemptReason.STATUS),
        (410, AttemptOutcome.HELD, AttemptReason.GONE),
        (429, AttemptOutcome.RETRY, AttemptReason.RATE_LIMITED),
        (500, AttemptOutcome.RETRY, AttemptReason.STATUS),
        (503, AttemptOutcome.RETRY, AttemptReason.STATUS),
        (999, AttemptOutcome.RETRY, AttemptReason.STATUS),
    ],
)
async def test_other_answers(status: int, outcome: AttemptOutcome, reason: AttemptReason) -> None:
    attempt = await answered(Answer(status=status, body=b"because\n of  this"))
    assert (attempt.outcome, attempt.reason) == (outcome, reason)
    assert attempt.answer == f"{status} Scripted because of this"


async def test_redirects_are_not_followed() -> None:
    async with receiver() as elsewhere, receiver(Answer(status=302, headers={"location": elsewhere.url})) as hook:
        attempt = await attempted(webhook_channel(hook.url))
    assert (attempt.outcome, attempt.answer) == (
        AttemptOutcome.RETRY,
        "302 Scripted (redirects are not followed)",
    )
    assert elsewhere.requests == []


async def test_the_wait_asked_for_is_reported() -> None:
    assert (await answered(Answer(status=503, headers={"retry-after": "120"}))).retry_after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Thu, 20 Oct 2016 07:01:00 GMT", 60),
        ("Thu, 20 Oct 2016 06:00:00 GMT", 0),
        ("Thu, 20 Oct 2016 07:01:00", 60),
        ("999999999999999999999", 30 * 86400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 30 * 86400),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_waits_as_seconds_and_as_dates(value: str | None, seconds: int | None) -> None:
    assert retry_after(value, digests.MORNING) == (None if seconds is None else timedelta(seconds=seconds))


async def test_a_connection_reset_is_tried_again() -> None:
    attempt = await answered(Answer(fault="reset"))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.ERROR)
    assert attempt.answer


async def test_an_answer_without_end_is_read_in_part() -> None:
    attempt = await answered(Answer(status=500, fault="endless"))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.STATUS)
    assert len(attempt.answer) <= 300


async def test_a_success_without_end_is_a_success() -> None:
    assert (await answered(Answer(fault="endless"))).outcome is AttemptOutcome.SENT


async def test_a_success_whose_body_never_comes_is_a_success() -> None:
    answer = Answer(headers={"transfer-encoding": "chunked"})
    assert (await answered(answer, wait=0.5)).outcome is AttemptOutcome.SENT


async def test_secrets_of_the_url_are_in_no_answer() -> None:
    echo = b"no user:pass-word at /T000/0123456789abcdef0123?key=s3cret-value"
    async with receiver(Answer(status=404, body=echo)) as hook:
        url = f"http://user:pass-word@127.0.0.1:{hook.port}/T000/0123456789abcdef0123?key=s3cret-value"
        attempt = await attempted(webhook_channel(url))
    assert hook.requests[0].headers["authorization"].startswith("Basic ")
    for secret in ("pass-word", "s3cret-value", "0123456789abcdef0123"):
        assert secret not in attempt.answer
    assert "404 Scripted no ***" in attempt.answer


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/?key=s3cret-value", "https://u:s3cret-value@nowhere.invalid/"])
async def test_secrets_of_the_url_are_in_no_error(url: str) -> None:
    channel = webhook_channel(url)
    for attempt in (await attempted(channel), await channel.probe()):
        assert attempt.outcome is AttemptOutcome.RETRY
        assert "s3cret-value" not in attempt.answer
    assert "s3cret-value" not in repr(channel._channel)


@pytest.mark.parametrize("url", ["https://", "nonsense", "https://[::1", "http://a b/", "http://127.0.0.1:99999/"])
async def test_a_url_that_is_none_is_an_outcome(url: str) -> None:
    channel = webhook_channel(url)
    for attempt in (await attempted(channel), await channel.probe()):
        assert attempt.outcome is AttemptOutcome.RETRY
        assert attempt.answer


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca"))


async def test_https_checks_the_certificate(certificates: Certificates) -> None:
    async with receiver(tls=certificates.server) as hook:
        trusting = webhook_channel(hook.url, ca=certificates.ca)
        strict = webhook_channel(hook.url)
        assert (await attempted(trusting)).outcome is AttemptOutcome.SENT
        assert (await trusting.probe()).outcome is AttemptOutcome.SENT
        for attempt in (await attempted(strict), await strict.probe()):
            assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.TLS)
    assert len(hook.requests) == 1


async def test_a_missing_authority_file_is_an_outcome(tmp_path: Path) -> None:
    channel = webhook_channel("https://127.0.0.1:1/", ca=tmp_path / "missing.pem")
    for attempt in (await attempted(channel), await channel.probe()):
        assert attempt.outcome is AttemptOutcome.RETRY


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with receiver() as hook:
        assert (await attempted(webhook_channel(hook.url))).outcome is AttemptOutcome.SENT


async def test_a_channel_can_be_closed_used_or_not() -> None:
    async with receiver() as hook:
        channel = webhook_channel(hook.url)
        await channel.aclose()
        await attempted(channel)
        await channel.aclose()


def test_a_large_digest_is_shortened_and_says_where_the_rest_is() -> None:
    long = " ".join(["word"] * 2000) + " Mosul"
    found = (digests.evidence("Mosul", long),)
    stories = [digests.story(f"s{number}", digests.article(f"a{number}", matches=found)) for number in range(500)]
    section = settings.WebhookChannel(name="hook", url="https://example.org/")
    channel = WebhookChannel(section, Look(public_url="https://watch.example.org"), SystemClock())
    body = channel.render(digests.digest(digests.topic("t", *stories)), "dlv_1")
    assert len(body) <= MAX_BODY
    assert json.loads(body)["data"]["truncated"].endswith("; all of it: https://watch.example.org/digests/d-1")


def test_answers_are_one_short_line() -> None:
    assert clean_answer("a\r\nb\x00\x1b[0m" + "c" * 1000).startswith("a b[0mccc")
    assert len(clean_answer("word " * 1000)) <= 300


def test_short_parts_of_a_url_are_no_secrets() -> None:
    assert set(url_secrets("https://example.org/hook")) == {"https://example.org/hook"}


@pytest.mark.parametrize("body", [b"MIME-Version: 1.0\r\n\r\nHello", b'{"json-0a1b2c3d":{}}'])
async def test_what_was_written_for_another_type_of_channel_is_not_posted(body: bytes) -> None:
    async with receiver() as hook:
        attempt = await webhook_channel(hook.url).send(outgoing(webhook_channel(hook.url), body))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.DEAD, AttemptReason.CONFIG)
    assert not hook.requests
