"""How a document template is written down: lines, loops, choices and rows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """One document. A body line that begins with {%p stands for a loop or a choice.

    `to` is what the addressee line shows; a record for the file has none.
    """

    name: str
    title: str
    body: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    to: str = "addressee or subject"
    sign_offs: tuple[str, ...] = ()


def each(collection: str, line: str) -> tuple[str, ...]:
    """The line once for every one of a collection; `one` is the one at hand."""
    return (f"{{%p for one in {collection} %}}", line, "{%p endfor %}")


def when(field: str, *lines: str) -> tuple[str, ...]:
    """The lines only where the field says something."""
    return (f"{{%p if {field} %}}", *lines, "{%p endif %}")


def word(field: str, **words: str) -> str:
    """The Chinese word for a choice."""
    pairs = ", ".join(f"'{key}': '{value}'" for key, value in words.items())
    return f"{{{{ {{{pairs}}}.get({field}, {field}) }}}}"
