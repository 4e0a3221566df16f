"""Two versions of the decision tables: columns, rules, and what each rule answers."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from workflows.differences.change import ADDED, CHANGED, REMOVED, Change
from workflows.engine.decisions import Decision, parse_dmn

Row = tuple[str, ...]


def between(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    """Every change from one set of tables to the next."""
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            how, files = (ADDED, after) if key in after else (REMOVED, before)
            yield Change("decision", how, key, key, _decision(files[key], key).name)
        elif before[key] != after[key]:
            yield from _of_table(_decision(before[key], key), _decision(after[key], key))


def rows_of(decision: Decision) -> list[Row]:
    """The rules as they are read: tests, answers, what is noted."""
    return [
        (
            *(test.text if test is not None else "-" for test in rule.tests),
            *(answer.text for answer in rule.answers),
            " ".join(filter(None, (rule.description, *rule.annotations))),
        )
        for rule in decision.rules
    ]


def _decision(data: bytes, key: str) -> Decision:
    return {one.id: one for one in parse_dmn(data)}[key]


def _of_table(old: Decision, new: Decision) -> Iterator[Change]:
    found = [*_of_head(old, new), *_of_rules(old, new)]
    yield from found or [Change("decision", CHANGED, new.id, new.id, new.name, aspect="writing")]


def _of_head(old: Decision, new: Decision) -> Iterator[Change]:
    before, after = _head(old), _head(new)
    for aspect, was in before.items():
        if was != after[aspect]:
            yield Change(
                "decision", CHANGED, new.id, new.id, new.name, "", aspect, was, after[aspect]
            )


def _head(decision: Decision) -> dict[str, str]:
    values = [
        f"{one.label}: {one.values.text}" for one in decision.inputs if one.values is not None
    ]
    defaults = [f"{o.label}: {o.default.text}" for o in decision.outputs if o.default is not None]
    return {
        "name": decision.name,
        "hit_policy": decision.hit_policy,
        "inputs": " | ".join(f"{one.label} ({one.expression.text})" for one in decision.inputs),
        "input_values": " | ".join(values),
        "outputs": " | ".join(one.label for one in decision.outputs),
        "output_values": " | ".join(
            f"{one.label}: {', '.join(map(str, one.values))}"
            for one in decision.outputs
            if one.values
        ),
        "defaults": " | ".join(defaults),
    }


def _of_rules(old: Decision, new: Decision) -> Iterator[Change]:
    before, after = rows_of(old), rows_of(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, a_end, b, b_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for step in range(max(a_end - a, b_end - b)):
            was = before[a + step] if a + step < a_end else None
            now = after[b + step] if b + step < b_end else None
            row = b + step if now is not None else a + step
            yield _rule(new, row + 1, was, now)


def _rule(table: Decision, row: int, was: Row | None, now: Row | None) -> Change:
    how = ADDED if was is None else REMOVED if now is None else CHANGED
    before, after = " | ".join(was or ()), " | ".join(now or ())
    return Change("rule", how, table.id, str(row), table.name, "", "", before, after)
