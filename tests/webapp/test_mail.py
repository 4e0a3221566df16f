"""Letters through a real mail server: encrypted where it can be, refused with a reason."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import BadSettings, Config
from models import Notification, Pulse
from tests.cast import assemble
from tests.mailbox import PASSWORD, certificate, free_port, lets_in, mailbox
from webapp import clock, mail, news, scheduler
from workflows import deliveries, jobs, notices
from workflows.deliveries import Item, Letter, Undeliverable, Unreachable

ITEM = Item(1, datetime(2026, 3, 2), "urged", {"case": "一件事"}, 7, 8)  # noqa: DTZ001


def settings(port: int, **more: Any) -> Config:
    return Config(
        **{
            "database_url": "sqlite://",
            "secret_key": "a key for the tests of the mail, 0123456789",
            "audit_key": "another key for its trail, 9876543210 abc",
            "data_dir": Path("unused"),
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_from": "同责 <tongze@example.org>",
            "public_url": "https://tongze.example.org/",
            **more,
        }
    )


def letter(key: str = "urged:1", *items: Item, **more: str) -> Letter:
    whom = {"to": "handler@example.org", "name": "承办人", "language": "zh", **more}
    return Letter(key=key, items=items or (ITEM,), **whom)


def test_a_letter_is_in_its_readers_language_and_leads_back() -> None:
    with mailbox() as box:
        mail.send(letter(), settings(box.port))
        mail.send(letter(language="en"), settings(box.port))
    chinese, english = box.letters
    assert "一件事" in chinese["Subject"]
    assert "催办" in chinese["Subject"]
    assert "Urged: 一件事" in english["Subject"]
    for one in box.letters:
        text = one.get_content()
        assert "https://tongze.example.org/tasks/7" in text
        assert "承办人" in text
        assert one["Auto-Submitted"] == "auto-generated"
    assert chinese["Message-ID"] == english["Message-ID"]  # the same effect


def test_without_an_address_of_ours_no_link_is_sent() -> None:
    with mailbox() as box:
        mail.send(letter(), settings(box.port, public_url=""))
    assert "/tasks/" not in box.letters[0].get_content()


def test_several_news_are_one_mail() -> None:
    other = Item(2, ITEM.due, "effect_ended", {}, None, None)
    with mailbox() as box:
        mail.send(letter("daily:1:2026-03-02", ITEM, other), settings(box.port))
    text = box.letters[0].get_content()
    assert text.index("一件事") < text.index("https://tongze.example.org/news")


def test_what_is_offered_is_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certificate(tmp_path)
    more = {"tls_context": context, "authenticator": lets_in, "auth_required": True}
    with mailbox(**more) as box:
        config = settings(box.port, smtp_user="tongze", smtp_password=PASSWORD)
        with pytest.raises(Unreachable) as stranger:
            mail.send(letter(), config)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        mail.send(letter(), config)
        with pytest.raises(Unreachable) as wrong:
            mail.send(letter(), settings(box.port, smtp_user="tongze", smtp_password="wrong"))
    assert box.encrypted == [True]
    assert "certificate" in str(stranger.value)
    assert "535" in str(wrong.value)
    assert "wrong" not in str(wrong.value)  # no password in a fault


def test_the_password_does_not_travel_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "HERE", ())
    with mailbox(authenticator=lets_in, auth_require_tls=False) as box:
        config = settings(box.port, smtp_user="tongze", smtp_password=PASSWORD)
        with pytest.raises(Unreachable, match="not sent"):
            mail.send(letter(), config)
    assert box.letters == []


def test_a_refusal_says_whether_to_try_again() -> None:
    with mailbox() as box:
        box.answers = ["450 later", "554 never"]
        faults = []
        for _round in range(2):
            with pytest.raises(Undeliverable) as fault:
                mail.send(letter(), settings(box.port))
            faults.append(fault.value)
        with pytest.raises(Undeliverable) as unknown:
            mail.send(letter(to="no address\r\nBcc: x@y.z"), settings(box.port))
    assert [(str(one), one.facts["for_good"]) for one in faults] == [
        ("450 later", False),
        ("554 never", True),
    ]
    assert unknown.value.facts["for_good"]
    assert box.letters == []


def test_nobody_there_is_said_at_once() -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        mail.send(letter(), settings(free_port()))


def test_settings_that_cannot_send_are_refused() -> None:
    assert mail.carrier(settings(25, smtp_host="")) is None
    with pytest.raises(BadSettings, match="SMTP_FROM"):
        settings(25, smtp_from="")
    with pytest.raises(BadSettings, match="PUBLIC_URL"):
        settings(25, public_url="tongze.example.org")


def test_every_kind_of_news_has_words_with_and_without_its_facts() -> None:
    assert set(deliveries.TOLD) <= set(news.SAID)
    for kind in (*news.SAID, "unheard of"):
        assert "{" not in news.sentence(kind, {}, str)


def test_the_clock_mails_and_its_pulse_tells(
    sessions: sessionmaker[Session], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    with sessions.begin() as session:
        head = assemble(session).users["finance_head"]
        head.email = "head@example.org"
        notices.notify(
            session, key="k", recipient_id=head.id, kind="urged", facts={"case": "甲"}, now=now
        )
    _beat(sessions, settings(free_port()))
    pulse = _pulse(sessions)
    assert (pulse.failures, pulse.failed_at, pulse.at) == (1, now, now)
    assert "127.0.0.1" in (pulse.fault or "")
    with mailbox() as box:
        for _round in range(2):
            _beat(sessions, settings(box.port))
    assert [one["To"] for one in box.letters] == ["head@example.org"]
    assert _pulse(sessions).failures == 0
    with sessions() as session:
        row = session.query(Notification).one()
        assert (row.sent_at, row.send_after, row.fault) == (now, None, None)


def _beat(sessions: sessionmaker[Session], config: Config) -> None:
    """As the clock runs it."""
    made = scheduler.build(sessions, config).get_jobs()
    job = next(one for one in made if one.name == jobs.deliver.__name__)
    job.func(*job.args, **job.kwargs)


def _pulse(sessions: sessionmaker[Session]) -> Pulse:
    with sessions() as session:
        return session.get_one(Pulse, "deliver")
