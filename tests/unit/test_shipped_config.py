"""The config in the repository: it loads, its topics hold their examples, its channels need only their variables."""

from pathlib import Path

import pytest

from watcher import starter
from watcher.config import load
from watcher.figures.places import places
from watcher.settings import Settings
from watcher.topics import Document, Ruleset, validate

_VARIABLES = {
    "WATCHER_MAIL_TO": "desk@example.org",
    "WATCHER_MAIL_FROM": "Watcher <watcher@example.org>",
    "SMTP_HOST": "mail.example.org",
    "SMTP_USERNAME": "watcher",
    "SMTP_PASSWORD": "secret",
    "WATCHER_HOOK_URL": "https://example.org/hook",
    "WATCHER_HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
_THREE = {"mosul-offensive", "turkish-deployment", "refugee-figures"}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(Path("config"), {}, read_opml=lambda _: ()).settings


def test_it_works_without_any_variable(settings: Settings) -> None:
    assert [channel.name for channel in settings.channels] == ["files"]
    assert {digest.name for digest in settings.digests} == {"breaking", "morning"}


def test_mail_and_webhook_need_only_their_variables(tmp_path: Path) -> None:
    for name, text in starter.texts().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("    enabled: false\n", ""), encoding="utf-8")
    loaded = load(tmp_path, _VARIABLES, read_opml=lambda _: ()).settings
    assert {channel.type for channel in loaded.channels} == {"folder", "email", "webhook"}


def test_feeds_are_many_and_distinct(settings: Settings) -> None:
    assert len(settings.feeds) >= 40
    assert len({feed.url for feed in settings.feeds}) == len(settings.feeds)
    assert len({feed.name for feed in settings.feeds}) == len(settings.feeds)
    assert all(feed.tags for feed in settings.feeds)
    assert {"iraq", "syria", "turkey", "displacement", "un"} <= {tag for feed in settings.feeds for tag in feed.tags}


def test_topics_are_the_three_with_examples_in_four_languages(settings: Settings) -> None:
    assert {topic.name for topic in settings.topics} == _THREE
    for topic in settings.topics:
        assert len(topic.tests.match) >= 10
        assert len(topic.tests.no_match) >= 10
        assert {"ar", "tr", "ku", "ckb"} <= {example.language for example in topic.tests.match}


def test_every_example_holds(settings: Settings) -> None:
    ruleset = Ruleset.compile(settings.topics, settings.terms)
    for topic in settings.topics:
        for wanted, examples in ((True, topic.tests.match), (False, topic.tests.no_match)):
            for example in examples:
                document = Document(title=example.title, text=example.text, language=example.language)
                assert (topic.name in ruleset.names(document)) is wanted, f"{topic.name}: {example}"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Musul", "Mosul"), ("Qaraqosh", "Qaraqosh"), ("Arbil", "Erbil"), ("العراق", "Iraq"), ("Kirkuk", "Kirkuk"),
        ("Halep", "Aleppo"), ("Syria", "Syria"), ("Türkiye", "Turkey"), ("Ankara", "Ankara"), ("Silopi", "Silopi"),
    ],
)  # fmt: skip
def test_each_place_has_a_name_of_its_own(settings: Settings, name: str, place: str) -> None:
    assert places(settings.terms, ()).one(name) == place


def test_nothing_to_warn_of(settings: Settings) -> None:
    assert validate(settings.topics, settings.terms) == ()


def test_package_finds_the_folder_of_the_checkout() -> None:
    texts = starter.texts()
    assert {"watcher.yaml", "feeds.yaml", "terms.yaml", "topics/mosul-offensive.yaml"} <= set(texts)
