"""Patterns for `matches`, `replace` and `split`, in time linear in the text.

No backtracking: all ways to match are followed side by side, so that no pattern makes a text
expensive. Of XPath's patterns this knows literals, `.`, classes, groups, `|`, `? * + {n,m}`
(lazy too), `^ $` and the flags i, m, s, x; what it does not know it refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.operators import CHARACTERS_PER_STEP, Meter
from workflows.engine.feel.patterns import SPECIAL, Code, Op, read_pattern

Captures = tuple[int, ...]
Thread = tuple[int, Captures]
_WAYS_PER_STEP = 2


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, flags: str) -> "Pattern":
    """A pattern ready to be used; refuses what is not understood."""
    if len(pattern) > BOUNDS.pattern:
        raise FeelError("pattern", reason=f"> {BOUNDS.pattern}")
    code, groups = read_pattern(pattern, flags)
    plain = bool(pattern) and not flags and not set(pattern) & set(SPECIAL)
    return Pattern(code, groups, "m" in flags, pattern if plain else None)


@dataclass(frozen=True)
class Pattern:
    code: Code
    groups: int
    multiline: bool
    plain: str | None  # a pattern that is only text needs no search of ours

    def search(self, text: str, start: int, meter: Meter) -> Captures | None:
        """The leftmost match from `start` on: begin, end, then those of each group; -1 is none."""
        if self.plain is not None:
            begin = text.find(self.plain, start)
            passed = (begin if begin >= 0 else len(text)) - start
            meter.charge(passed // CHARACTERS_PER_STEP + 1)
            return None if begin < 0 else (begin, begin + len(self.plain))
        blank: Captures = (-1,) * (2 * self.groups + 2)
        found: Captures | None = None
        threads: list[Thread] = []
        seen: set[int] = set()
        for at in range(start, len(text) + 1):
            if found is None:
                self._follow((0, blank), text, at, (threads, seen))
            if not threads:
                if found is not None:
                    break
                meter.charge(1)
                seen = set()
                continue
            meter.charge(len(seen) // _WAYS_PER_STEP + 1)
            threads, seen, found = self._advance(threads, text, at, found)
        return found

    def _advance(
        self, threads: list[Thread], text: str, at: int, found: Captures | None
    ) -> tuple[list[Thread], set[int], Captures | None]:
        following: list[Thread] = []
        seen: set[int] = set()
        for place, captures in threads:
            op, detail = self.code[place][:2]
            if op is Op.MATCH:
                return following, seen, captures  # what comes after has lower priority
            if at < len(text) and detail(text[at]):
                self._follow((place + 1, captures), text, at + 1, (following, seen))
        return following, seen, found

    def _follow(
        self, thread: Thread, text: str, at: int, into: tuple[list[Thread], set[int]]
    ) -> None:
        """Add a thread, and every other it leads to without reading a character."""
        threads, seen = into
        waiting = [thread]
        while waiting:
            place, captures = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            op, *detail = self.code[place]
            if op is Op.SPLIT:
                waiting.extend((target, captures) for target in reversed(detail))
            elif op is Op.JUMP:
                waiting.append((detail[0], captures))
            elif op is Op.SAVE:
                slot = detail[0]
                waiting.append((place + 1, (*captures[:slot], at, *captures[slot + 1 :])))
            elif op in (Op.BEGIN, Op.END):
                if self._at_edge(op, text, at):
                    waiting.append((place + 1, captures))
            else:
                threads.append((place, captures))

    def _at_edge(self, op: Op, text: str, at: int) -> bool:
        if op is Op.BEGIN:
            return at == 0 or (self.multiline and text[at - 1] == "\n")
        return at == len(text) or (self.multiline and text[at] == "\n")

    def _pieces(self, text: str, meter: Meter, use: Callable[[str, Captures], None]) -> str:
        """Hand on what stands before each match, and the match; the rest is returned."""
        at = done = 0
        while at <= len(text):
            match = self.search(text, at, meter)
            if match is None:
                break
            begin, end = match[0], match[1]
            use(text[done:begin], match)
            done = end
            at = end if end > begin else end + 1
        return text[done:]

    def replace(self, text: str, replacement: str, meter: Meter) -> str:
        """Every match gives way to the replacement, with $0 to $9 for its groups."""
        parts: list[str] = []
        size = len(text)

        def use(before: str, match: Captures) -> None:
            nonlocal size
            parts.extend((before, _filled(replacement, text, match)))
            size += len(parts[-1])
            if size > 2 * BOUNDS.string:
                raise FeelError("string", limit=BOUNDS.string)

        rest = self._pieces(text, meter, use)
        result = "".join(parts) + rest
        if len(result) > BOUNDS.string:
            raise FeelError("string", limit=BOUNDS.string)
        return result

    def split(self, text: str, meter: Meter) -> list[str]:
        """What stands between the matches."""
        if self.plain is not None:
            meter.charge(len(text) // CHARACTERS_PER_STEP + 1)
            return text.split(self.plain)
        parts: list[str] = []
        rest = self._pieces(text, meter, lambda before, _match: parts.append(before))
        return [*parts, rest]


def _filled(replacement: str, text: str, match: Captures) -> str:
    parts: list[str] = []
    at = 0
    while at < len(replacement):
        sign, after = replacement[at], replacement[at + 1 : at + 2]
        if sign == "$" and after.isdecimal() and after.isascii():
            parts.append(_group(text, match, int(after)))
            at += 2
        elif sign == "\\" and after in ("$", "\\"):
            parts.append(after)
            at += 2
        else:
            parts.append(sign)
            at += 1
        if len(parts) > BOUNDS.source:
            break
    return "".join(parts)


def _group(text: str, match: Captures, group: int) -> str:
    if 2 * group + 1 >= len(match) or match[2 * group] < 0:
        return ""
    return text[match[2 * group] : match[2 * group + 1]]
