"""A letter rendered for its reader and handed to the mail server."""

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from functools import lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations

from config import Config
from webapp import news
from webapp.news import _
from workflows.deliveries import Item, Letter, Undeliverable, Unreachable
from workflows.jobs import Post

TRANSLATIONS = Path(__file__).parent / "translations"
TIMEOUT = 10  # seconds for each answer of the server
IMPLICIT_TLS = 465
HERE = ("localhost", "127.0.0.1", "::1")
FOR_GOOD = 500


def carrier(config: Config) -> Post | None:
    """What sends letters by the settings; none where no mail server is set."""
    if not config.smtp_host:
        return None
    return lambda letter: send(letter, config)


def send(letter: Letter, config: Config) -> None:
    """The server took the letter; else raises Unreachable or Undeliverable."""
    message = _composed(letter, config)
    server = _connect(config)
    try:
        server.send_message(message)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise _refusal(error) from error
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _connect(config: Config) -> smtplib.SMTP:
    host, context = config.smtp_host, ssl.create_default_context()
    try:
        server = _greeted(host, config.smtp_port, context)
        try:
            _introduce(server, config, context)
        except BaseException:
            server.close()
            raise
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(
            "The mail server {host} cannot be used: {reason}", host=host, reason=_plain(error)
        ) from error
    return server


def _greeted(host: str, port: int, context: ssl.SSLContext) -> smtplib.SMTP:
    if port == IMPLICIT_TLS:
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(host, port, timeout=TIMEOUT)


def _introduce(server: smtplib.SMTP, config: Config, context: ssl.SSLContext) -> None:
    """Encrypted where that is offered, and signed in where that is set."""
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    if not config.smtp_user:
        return
    if config.smtp_host not in HERE and not isinstance(server.sock, ssl.SSLSocket):
        raise smtplib.SMTPException("no encryption is offered: the password is not sent")
    server.login(config.smtp_user, config.smtp_password)


def _refusal(error: Exception) -> Undeliverable:
    code = 0
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    for_good = code >= FOR_GOOD or isinstance(error, UnicodeError)
    return Undeliverable("{reason}", reason=_plain(error), for_good=for_good)


def _plain(error: Exception) -> str:
    """What went wrong, without the addresses and bytes around it."""
    answer = getattr(error, "smtp_error", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return f"{code} {_text(answer)}"
    if answer is not None:
        return f"{getattr(error, 'smtp_code', '')} {_text(answer)}".strip()
    return str(error) or type(error).__name__


def _text(answer: object) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)


def _composed(letter: Letter, config: Config) -> EmailMessage:
    try:
        return compose(letter, config)
    except (ValueError, MessageError) as error:  # an address with a line break, for one
        raise Undeliverable("{reason}", reason=str(error), for_good=True) from error


def compose(letter: Letter, config: Config) -> EmailMessage:
    """The letter in its reader's language: titles, due dates and addresses, nothing else."""
    say = translator(letter.language)
    lines = [(news.sentence(one.kind, one.facts, say), one) for one in letter.items]
    message = EmailMessage()
    message["From"] = config.smtp_from
    message["To"] = letter.to
    message["Subject"] = _subject([line for line, _one in lines], say)
    message["Date"] = formatdate()
    message["Message-ID"] = message_id(letter.key, config.smtp_from)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language
    body = "\n\n".join(_paragraph(line, one, config.public_url) for line, one in lines)
    greeting = say(_("{name}:")).format(name=letter.name)
    message.set_content(f"{greeting}\n\n{body}\n\n{say(FOOTER)}\n")
    return message


FOOTER = _(
    "Sent by Tongze. Please do not answer this mail; what it is about is read in the system."
)


def _subject(lines: list[str], say: Callable[[str], str]) -> str:
    text = lines[0] if len(lines) == 1 else say(_("{n} pieces of news")).format(n=len(lines))
    tongze = say(_("Tongze"))
    return f"[{tongze}] {' '.join(text.split())}"[:180]


def _paragraph(line: str, one: Item, base: str) -> str:
    page = news.path(one.task_id, one.case_id, one.facts)
    return f"{line}\n{base.rstrip('/')}{page}" if base else line


def message_id(key: str, sender: str) -> str:
    """The same effect, the same id: a server that has it may drop the second."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


@lru_cache(maxsize=8)
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(str(TRANSLATIONS), [language])


def translator(language: str) -> Callable[[str], str]:
    """Translates without a request: letters are written by the clock."""
    catalogue = _catalogue(language)
    return lambda sentence: str(catalogue.gettext(sentence))
