"""Read a page that describes a process.

    process debriefing | 述职评议考核 | Debriefing
    set number=述〔{year}〕{n}号; basis=…; variables=…
    lane organiser | 组织员 | Organiser
    start debriefing_opened | 述职启动 | Opened | organiser 0 0
    user plan_round | 工作方案 | Plan | organiser 1 0 | who=role(organiser); due=…; clock=N
    rule suggest | 建议等次 | Suggest | system 4 0 | decision=debriefing_grade
    timer wait | 候截止日 | Wait | system 5 0 | when=due.cutoff
    sub reporting | 撰写与审核 | Reports | secretaries 3 0 | over=secretaries
      start reporting_begun | 开始 | Begun | secretaries 2 0
    on report_missing | 临会未交 | Missing | write_report | when=due.report; stop=yes
    on asked | 申请延期 | Ask | do_work | message=asked; form=asked; who=…
    flow plan_round -> approve_round
    flow verdict -> collect_year if approve_round.verdict = "approve" | 同意 | Approved
    flow verdict -> plan_round else | 退回 | Returned
    form plan_round | 工作方案 | Plan the round
      year:n* | 年度 | Year
      verdict:e(approve=同意=Approve, return=退回=Return)* | 意见 | Verdict
      opinion:l*?verdict=return | 审批意见 | Opinion | 帮助 | Help
      items:T* | 明细 | Items
        person:u* | 人员 | Person

Kinds: start user op rule timer message gw event and or end kill sub call. A place is lane, column
and row (fractions allowed). `*` required, `*?x=a,b` required and shown only then, `?x=a` shown
only then. Types: t text, l long text, d date, dt date-time, n number, i whole number, b yes/no,
e(…) choice, c(list) codes, u/us person(s), o/os unit(s), r facts, f file, fs files, s signature,
m matter, p subject, v scheme, T rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

STEPS = "start|user|op|rule|timer|message|gw|event|and|or|end|kill|sub|call|on"
KINDS = frozenset(STEPS.split("|"))
FIELD = re.compile(
    r"(?P<name>\w+):(?P<type>[a-zT]+)(?:\((?P<args>[^)]*)\))?(?P<must>\*)?(?:\?(?P<when>.+))?$"
)


@dataclass(frozen=True)
class Lane:
    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class Step:
    kind: str
    id: str
    zh: str
    en: str
    lane: str  # for a boundary event, the step it hangs on
    column: float
    row: float
    more: dict[str, str]
    parent: str | None


@dataclass(frozen=True)
class Flow:
    source: str
    target: str
    condition: str
    default: bool
    zh: str
    en: str


@dataclass
class Entry:
    """One field of a form."""

    name: str
    type: str
    args: list[str]
    must: bool
    when: dict[str, list[str]]
    zh: str
    en: str
    help: str = ""
    help_en: str = ""
    rows: list["Entry"] = field(default_factory=list)


@dataclass
class Form:
    id: str
    zh: str
    en: str
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Page:
    id: str
    zh: str
    en: str
    settings: dict[str, str] = field(default_factory=dict)
    lanes: list[Lane] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    def step(self, ident: str) -> Step:
        return next(one for one in self.steps if one.id == ident)


def read(text: str) -> Page:
    """The page as described; raises ValueError with the line that cannot be read."""
    page: Page | None = None
    scope: list[str] = []
    for line in _lines(text):
        try:
            page = _take(page, line, scope)
        except (ValueError, KeyError, IndexError, StopIteration) as error:
            raise ValueError(f"cannot read {line!r}: {error}") from error
    if page is None:
        raise ValueError("the page describes no process")
    return page


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.rstrip()


def _take(page: Page | None, line: str, scope: list[str]) -> Page:
    depth = (len(line) - len(line.lstrip())) // 2
    head, parts = _split(line)
    word, _, rest = head.partition(" ")
    if word == "process":
        return Page(rest, parts[0], parts[1])
    if page is None:
        raise ValueError("the page begins with `process`")
    if word == "set":
        page.settings |= _settings(line.strip()[4:])
    elif word == "lane":
        page.lanes.append(Lane(rest, parts[0], parts[1]))
    elif word == "flow":
        page.flows.append(_flow(rest, parts))
    elif word == "form":
        page.forms.append(Form(rest, parts[0], parts[1]))
    elif word in KINDS:
        _take_step(page, (word, rest, *parts), depth, scope)
    else:
        _take_entry(page.forms[-1], head, parts, depth)
    return page


def _split(line: str) -> tuple[str, list[str]]:
    head, *parts = (part.strip() for part in line.split("|"))
    return head, parts


def _settings(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _take_step(page: Page, said: tuple[str, ...], depth: int, scope: list[str]) -> None:
    kind, ident, zh, en, place, *more = said
    del scope[depth:]
    lane, *at = place.split()
    column, row = (float(one) for one in (at or ["0", "0"]))
    parent = scope[-1] if scope else None
    settings = _settings(more[0]) if more else {}
    page.steps.append(Step(kind, ident, zh, en, lane, column, row, settings, parent))
    if kind == "sub":
        scope.append(ident)


def _flow(said: str, parts: list[str]) -> Flow:
    ends, _, condition = said.partition(" if ")
    default = ends.endswith(" else")
    source, _, target = ends.removesuffix(" else").partition("->")
    zh, en = parts[:2] if len(parts) > 1 else ("", "")
    return Flow(source.strip(), target.strip(), condition.strip(), default, zh, en)


def _take_entry(form: Form, head: str, parts: list[str], depth: int) -> None:
    found = FIELD.match(head)
    if found is None:
        raise ValueError("no field")
    args = [one.strip() for one in (found["args"] or "").split(",") if one.strip()]
    kind = (found["name"], found["type"], args, bool(found["must"]), _when(found["when"]))
    zh, en, tip, tip_en = [*parts, "", ""][:4]
    entry = Entry(*kind, zh, en, tip, tip_en)
    entries = form.entries if depth < 2 else form.entries[-1].rows
    entries.append(entry)


def _when(text: str | None) -> dict[str, list[str]]:
    if not text:
        return {}
    name, _, values = text.partition("=")
    return {name.strip(): [one.strip() for one in values.split(",")]}
