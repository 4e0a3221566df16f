"""A task's form as a page: fields from its JSON Schema, with or without JavaScript the same.

    sheet = Sheet.of(form.schema, form.ui, action=url, choices=choices, signer=user.name)
    sheet = sheet.typed(request.form)            # POST
    if sheet.is_rework: …show the page again     # a row more, a search, another choice
    tasks.complete(…, sheet.parsed(), …)         # except Invalid: show sheet.refused(error), 422

In the template: {% import "_forms.html" as forms with context %}{% call forms.sheet(sheet) %} the
buttons {% endcall %}.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp import form_checks, words
from webapp.form_files import file_fields
from webapp.i18n import named
from webapp.widgets import as_list, as_typed, label, matches, widget
from workflows import forms
from workflows.entries import fixed_rows, has_rows, ui_of
from workflows.entry_rights import whole
from workflows.errors import DomainError

# choices("user", "handler") -> [("123", "张三（办公室）"), …]; a code list is "codes:basis".
Choices = Callable[[str, str], Sequence[tuple[str, str]]]

REWORK = ("_add", "_remove", "_find", "_rerender")
SEARCH_FROM = 30  # entries: beyond it a list can be searched
SHOWN_AT_MOST = 200
LONG = 8  # options: beyond it a list is a box of its own that scrolls
MANY = frozenset({"codes", "facts", "units", "users", "many"})
ONE = frozenset({"user", "unit", "matter", "version", "select"})


def no_choices(_ref: str, _field: str) -> Sequence[tuple[str, str]]:
    return ()


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """One input as its template needs it."""

    path: str  # its name in the page: reason, items-0-problem
    label: str
    widget: str
    required: bool
    help: str
    value: Any
    fault: str
    access: str
    off: bool  # not asked for by the answers so far
    decides: bool  # others depend on it
    max_length: int | None = None
    options: Sequence[Option] = ()
    more: int = 0  # how many options a search would have to narrow down
    searchable: bool = False
    words: str = ""
    rows: Sequence[Sequence["Field"]] = ()
    full: bool = False  # no further row
    fixed: int = 0  # rows at the top that stay where they are
    heading: str = ""  # of the section that begins here

    @property
    def told(self) -> str:
        """The ids of what explains the input, for aria-describedby."""
        parts = [f"f-{self.path}-help"] if self.help else []
        return " ".join([*parts, f"f-{self.path}-fault"] if self.fault else parts)

    @property
    def shown(self) -> str:
        """The value in words, where it is only shown."""
        chosen = [option.label for option in self.options if option.chosen]
        if chosen:
            return ", ".join(chosen)
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class Sheet:
    """A form, what stands in it, and what is wrong with it."""

    schema: Mapping[str, Any]
    ui: Mapping[str, Any]
    action: str
    choices: Choices
    signer: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)  # values of fields that are only shown
    faults: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    sent: Mapping[str, Sequence[str]] = field(default_factory=dict)
    id: str = "form"
    version: int | None = None  # of the task: two answers at once are told apart
    drafted: str = ""  # when the draft was kept on which the page stands

    @classmethod
    def of(
        cls,
        schema: Mapping[str, Any],
        ui: Mapping[str, Any],
        *,
        action: str,
        choices: Choices = no_choices,
        signer: str = "",
        answers: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
        version: int | None = None,
        drafted: str = "",
    ) -> "Sheet":
        """A form to be filled in, from a draft or empty."""
        made = cls(schema, ui, action, choices, signer, answers or {}, given or {})
        return replace(made, version=version, drafted=drafted)

    def typed(self, form: MultiDict[str, str] | Mapping[str, Sequence[str]]) -> "Sheet":
        """The same with what was typed; rows that were asked for or given up are done."""
        sent = form.to_dict(flat=False) if isinstance(form, MultiDict) else dict(form)
        rework = any(name in sent for name in REWORK)
        answers = forms.read(self.schema, self.ui, sent, empty_rows=rework, given=self.given)
        for name in sent.get("_add", ()):
            _add_row(self.schema, answers, name)
        for place in sent.get("_remove", ()):
            _remove_row(answers, place, first=self.fixed(place.rpartition("-")[0]))
        drafted = next(iter(sent.get("_drafted", ())), self.drafted)
        return replace(self, answers=answers, sent=sent, drafted=drafted)

    @property
    def is_rework(self) -> bool:
        """The page was sent to be shown again, not to be handed in."""
        return any(name in self.sent for name in REWORK)

    @property
    def is_draft(self) -> bool:
        return "_draft" in self.sent

    def parsed(self) -> dict[str, Any]:
        """The answers for the domain: without what nobody was to fill in."""
        return self._parsed

    @cached_property
    def _parsed(self) -> dict[str, Any]:
        return forms.parse(self.schema, self.ui, self.sent, given=self.given)

    def check(self) -> "Sheet":
        """With all that is wrong marked: what no page of ours sends, another's signature, too."""
        answers = self.parsed()
        faults = form_checks.faults(
            self.schema, self.ui, answers, sent=self.sent, choices=self.choices
        ) | forms.check(self.schema, self.ui, answers, signer=self.signer, given=self.given)
        return replace(self, faults={k: words.fill(v, v.facts) for k, v in faults.items()})

    def refused(self, error: DomainError) -> "Sheet":
        """With the refusal said, and each field at fault marked."""
        return replace(self, faults=words.say_fields(error), message=words.say(error))

    @property
    def title(self) -> str:
        return named(self.schema.get("title"), self.schema.get("title_en"))

    @property
    def help(self) -> str:
        return named(self.ui.get("help"), self.ui.get("help_en"))

    @property
    def autosave(self) -> bool:
        """What is typed is kept as a draft at once (frontend/src/keep.js)."""
        return bool(self.ui.get("autosave")) and self.version is not None

    @property
    def has_files(self) -> bool:
        return bool(file_fields(self.schema))

    @property
    def fields(self) -> list[Field]:
        return _Maker(self).fields(self.schema, self.ui, self.filled)

    @cached_property
    def filled(self) -> dict[str, Any]:
        """What was typed, with what stands in the fields that are not written here."""
        return whole(self.schema, self.ui, self.answers, self.given)

    def fixed(self, name: str) -> int:
        """How many rows stay where they are."""
        return len(fixed_rows(self.schema, self.ui, name, self.given))

    def summary(self) -> list[tuple[str, str, str]]:
        """What to mend, in order: path, label, sentence."""
        labels = dict(_labels(self.fields))
        known = [(path, labels[path], self.faults[path]) for path in labels if path in self.faults]
        rest = [(path, path, told) for path, told in self.faults.items() if path not in labels]
        return known + rest


def _add_row(schema: Mapping[str, Any], answers: dict[str, Any], name: str) -> None:
    if has_rows(schema["properties"].get(name, {})):
        # a first row that must be filled in is shown although nothing stands in it yet
        first: list[Any] = [{}] if _has_first_row(schema, name) else []
        answers[name] = [*(answers.get(name) or first), {}]


def _has_first_row(schema: Mapping[str, Any], name: str) -> bool:
    return name in schema.get("required", ()) or bool(schema["properties"][name].get("minItems"))


def _remove_row(answers: dict[str, Any], place: str, *, first: int) -> None:
    name, _, index = place.rpartition("-")
    rows = answers.get(name)
    if isinstance(rows, list) and index.isdecimal() and int(index) >= first:
        answers[name] = [row for i, row in enumerate(rows) if i != int(index)]


def _labels(fields: Sequence[Field]) -> list[tuple[str, str]]:
    found = []
    for one in fields:
        found.append((one.path, one.label))
        for number, row in enumerate(one.rows, 1):
            found += [(path, f"{one.label} {number} {label}") for path, label in _labels(row)]
    return found


def _headed(
    names: Sequence[str], ui: Mapping[str, Any], made: Mapping[str, Field]
) -> Iterator[Field]:
    """The fields with the headings of their sections; one stays if its first field is not shown."""
    heading = ""
    for name in names:
        look = ui_of(ui, name)
        heading = named(look.get("heading"), look.get("heading_en")) or heading
        if name in made:
            is_here = bool(heading) and not made[name].off
            yield replace(made[name], heading=heading) if is_here else made[name]
            heading = "" if is_here else heading


class _Maker:
    """Makes the fields of one sheet; each list of choices is asked for once."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.deciding = forms.deciding_fields(sheet.ui)
        self.asked: dict[tuple[str, str], Sequence[tuple[str, str]]] = {}

    def fields(
        self,
        schema: Mapping[str, Any],
        ui: Mapping[str, Any],
        values: Mapping[str, Any],
        prefix: str = "",
    ) -> list[Field]:
        properties = schema.get("properties", {})
        order = [*ui.get("order", ()), *properties]
        names = [n for n in dict.fromkeys(order) if n in properties]
        shown = {**self.sheet.filled, **values}
        made = {
            name: self.field(name, schema, ui, values, prefix)
            for name in names
            if forms.access_to(ui, name) != "hide"
            and (forms.access_to(ui, name) == "write" or forms.is_shown(schema, ui, name, shown))
        }
        return list(_headed(names, ui, made))

    def field(
        self,
        name: str,
        schema: Mapping[str, Any],
        ui: Mapping[str, Any],
        values: Mapping[str, Any],
        prefix: str,
    ) -> Field:
        part, look = schema["properties"][name], ui_of(ui, name)
        path, value = prefix + name, values.get(name)
        around = {**self.sheet.filled, **values}
        made = Field(
            path=path,
            label=named(part.get("title") or name, part.get("title_en")),
            widget=widget(part, look),
            required=name in schema.get("required", ()),
            help=named(look.get("help"), look.get("help_en")),
            value=as_typed(part, value),
            fault=self.sheet.faults.get(path, ""),
            access=forms.access_to(ui, name),
            off=not forms.is_shown(schema, ui, name, around),
            decides=name in self.deciding,
            max_length=part.get("maxLength"),
        )
        if made.widget == "rows":
            return self.with_rows(made, part, look, value or [])
        return self.with_options(made, name, part, look)

    def with_rows(
        self, made: Field, part: Mapping[str, Any], look: Mapping[str, Any], rows: list[Any]
    ) -> Field:
        if made.access == "write" and not rows and (made.required or part.get("minItems")):
            rows = [{}]
        inner = [
            self.fields(part["items"], look, row, f"{made.path}-{index}-")
            for index, row in enumerate(rows)
        ]
        full = len(rows) >= part.get("maxItems", 200)
        return replace(made, rows=inner, full=full, fixed=self.sheet.fixed(made.path))

    def with_options(
        self, made: Field, name: str, part: Mapping[str, Any], look: Mapping[str, Any]
    ) -> Field:
        every = self._every_option(made, name, part, look)
        if every is None:
            return made
        wanted = as_list(made.value)
        found = [o for o in every if o.chosen or matches(o.label, self._words(made.path))]
        missing = [Option(v, v, chosen=True) for v in wanted if v not in {o.value for o in every}]
        if len(found) > LONG:  # what is chosen is not to be looked for
            found.sort(key=lambda one: not one.chosen)
        options = [*missing, *found][:SHOWN_AT_MOST]
        return replace(
            made,
            options=options,
            more=max(0, len(found) - SHOWN_AT_MOST),
            searchable=len(every) > SEARCH_FROM,
            words=self._words(made.path),
        )

    def _every_option(
        self, made: Field, name: str, part: Mapping[str, Any], look: Mapping[str, Any]
    ) -> list[Option] | None:
        wanted = as_list(made.value)
        listed = part.get("enum") or part.get("items", {}).get("enum")
        if listed:
            return [Option(v, label(look, v), v in wanted) for v in listed]
        if part.get("type") == "boolean":
            return [Option(v, label(look, v), v in wanted) for v in ("true", "false")]
        ref = f"codes:{part['x-codes']}" if "x-codes" in part else part.get("x-ref")
        if ref is None:
            return None
        if (ref, name) not in self.asked:
            self.asked[ref, name] = self.sheet.choices(ref, name)
        return [Option(v, label, v in wanted) for v, label in self.asked[ref, name]]

    def _words(self, path: str) -> str:
        return next(iter(self.sheet.sent.get(f"{path}-find", ())), "").strip()[:80]
