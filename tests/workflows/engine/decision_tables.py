"""Decision tables in a few lines, for tests: columns, rows, and what may be set beside them."""

from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(
    inputs: str,
    outputs: str,
    rows: list[str],
    *,
    policy: str = "UNIQUE",
    extra: str = "",
    namespace: str = NAMESPACE,
) -> bytes:
    """A DMN file of one table.

    Columns are `name:type{allowed values}=default`, rows `cell | cell => answer | answer`.
    """
    columns = "".join(
        f'<input id="in{n}" label={quoteattr(name)}>'
        f"<inputExpression typeRef={quoteattr(kind)}><text>{escape(name)}</text></inputExpression>"
        + (f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else "")
        + "</input>"
        for n, (name, kind, allowed, _) in enumerate(_columns(inputs), 1)
    )
    columns += "".join(
        f'<output id="out{n}" name={quoteattr(name)} typeRef={quoteattr(kind)}>'
        + (f"<outputValues><text>{escape(allowed)}</text></outputValues>" if allowed else "")
        + (
            f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>"
            if default
            else ""
        )
        + "</output>"
        for n, (name, kind, allowed, default) in enumerate(_columns(outputs), 1)
    )
    rules = "".join(_rule(n, row) for n, row in enumerate(rows, 1))
    kind, _, aggregation = policy.partition("+")
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<definitions xmlns="{namespace}" id="d" name="d" namespace="x">'
        f'<decision id="grade" name="定级"><decisionTable id="t" hitPolicy="{kind}"{aggregated}>'
        f"{columns}{extra}{rules}</decisionTable></decision></definitions>"
    ).encode()


def _columns(text: str) -> list[tuple[str, str, str, str]]:
    columns = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        head, _, default = part.partition("=>")
        head, _, allowed = head.strip().partition("{")
        name, _, kind = head.partition(":")
        columns.append((name, kind, allowed.rstrip("}"), default.strip()))
    return columns


def _rule(number: int, row: str) -> str:
    tests, _, answers = row.rpartition("=>")
    cells = [cell.strip() for cell in tests.split("|")] if tests.strip() else []
    inputs = "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
    outputs = "".join(
        f"<outputEntry><text>{escape(cell.strip())}</text></outputEntry>"
        for cell in answers.split("|")
    )
    return f'<rule id="r{number}"><description>row {number}</description>{inputs}{outputs}</rule>'
