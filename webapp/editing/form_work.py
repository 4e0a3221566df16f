"""A form as it is being edited: all of it travels with the page, nothing is stored until saved."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from werkzeug.datastructures import MultiDict

from webapp import db, words
from webapp.editing import form_words
from webapp.editing.common import Opened
from workflows import drafts, form_edits, form_kinds, form_settings, form_texts, form_uses
from workflows.engine.validation.forms import faults_of
from workflows.engine.validation.rules import RULES
from workflows.errors import DomainError, Invalid
from workflows.form_edits import Form
from workflows.form_settings import Option

MOST_OPTIONS = 200
PARTS = ("schema", "ui")


@dataclass
class Work:
    """Both texts, what is chosen on the page, and what was said of the last step."""

    opened: Opened
    key: str
    texts: dict[str, str]
    selected: str = ""
    tab: str = "fields"
    step: str = ""
    told: str = ""
    saved: bool = False
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)  # by part: line, sentence
    faults: dict[str, str] = field(default_factory=dict)  # of the settings of the selected field
    typed: dict[str, str] = field(default_factory=dict)  # the settings that are at fault
    form: Form | None = None

    @classmethod
    def stored(cls, opened: Opened, key: str) -> "Work":
        """The form as it stands in the draft."""
        texts = {part: opened.file("forms", f"{key}.{part}.json").decode() for part in PARTS}
        work = cls(opened, key, texts)
        work.read()
        return work

    @classmethod
    def sent(cls, opened: Opened, key: str, form: MultiDict[str, str]) -> "Work":
        """The form as the page had it, with what was typed of the selected field."""
        texts = {part: form.get(part, "").replace("\r\n", "\n") for part in PARTS}
        work = cls(opened, key, texts, form.get("selected", ""), step=form.get("step", ""))
        work.tab = form.get("tab", "") if form.get("tab") in form_words.TABS else "fields"
        if work.read():
            work.take(form)
        return work

    def read(self) -> bool:
        """Whether both texts are JSON; where one is not, it is told at its line."""
        read = {}
        for part, text in self.texts.items():
            try:
                read[part] = form_texts.read(text)
            except Invalid as fault:
                line = fault.facts.get("line")
                self.broken[part] = (line if isinstance(line, int) else 1, words.say(fault))
        if self.broken:
            self.tab, self.form = "json", None
            return False
        self.form = Form(read["schema"], read["ui"])
        return True

    def write(self) -> None:
        """The texts say what the form is now; what did not change stays sign for sign."""
        if self.form is not None:
            self.texts = {
                "schema": form_texts.write(self.form.schema, self.texts["schema"]),
                "ui": form_texts.write(self.form.ui, self.texts["ui"]),
            }

    def files(self) -> dict[str, bytes | None]:
        """What is to be stored: a file that says the same in its own lines stays as it is."""
        found: dict[str, bytes | None] = {}
        for part, text in self.texts.items():
            name = f"{self.key}.{part}.json"
            before = self.opened.bundle.forms.get(name, b"")
            same = before.decode().replace("\r\n", "\n") == text
            found[f"forms/{name}"] = before if same else text.encode()
        return found

    @property
    def is_changed(self) -> bool:
        return any(
            data != self.opened.bundle.forms.get(path.removeprefix("forms/"))
            for path, data in self.files().items()
        )

    def take(self, form: MultiDict[str, str]) -> None:
        """What was typed holds, but for what is at fault: that is said."""
        of, made = form.get("of", ""), self.form
        if made is None:
            return
        form_settings.put_whole(made, _named(form, "w."))
        for name in form:
            if name.startswith("right:") and name.count(":") == 2:
                _, step, path = name.split(":")
                form_settings.put_right(made, step, path, form[name])
        if of and made.has(of):
            said = _named(form, "p.")
            faults = form_settings.put(made, of, said)
            if made.has(of) and "option" in form:
                faults |= form_settings.put_options(made, of, options_in(form))
            self.faults = {name: words.fill(told, told.facts) for name, told in faults.items()}
            self.typed = {name: said.get(name, "") for name in faults}
        self.write()

    def do(self, act: Callable[[Form], str | None]) -> None:
        """The form is edited and what comes back is selected; a refusal is said instead."""
        if self.form is None:
            return
        try:
            self.selected = act(self.form) or self.selected
        except DomainError as refused:
            self.told = words.say(refused)
            self.read()
        else:
            self.write()

    @cached_property
    def steps(self) -> list[form_uses.Step]:
        """The steps that show the form."""
        return form_uses.steps_of(self.opened.bundle, self.key)

    @property
    def checked(self) -> list[tuple[str, str, str]]:
        """What stands in the way of publishing the form: rule, in Chinese, in English."""
        bundle = self.opened.bundle
        names = {f"{self.key}.{part}.json": self.texts[part].encode() for part in PARTS}
        trial = type(bundle)(bundle.process, {}, forms=names)
        steps = {one.id: one.properties for one in self.steps}
        found = []
        for rule, detail in faults_of(self.key, trial, steps):
            zh, en = RULES[rule]
            found.append((rule, f"{zh}（{detail}）", f"{en} ({detail})"))
        return found

    @property
    def made(self) -> Form:
        """The form; Invalid where a text of it is no JSON."""
        if self.form is None:
            raise Invalid("The request could not be read. Please go back and try again.")
        return self.form

    def kind(self, path: str) -> str:
        return form_kinds.kind_of(self.made.part(path), self.made.look(path))

    @cached_property
    def published(self) -> frozenset[str]:
        """The fields that the form has in the version the draft was made from."""
        files = drafts.base_of(db.session(), self.opened.draft).forms
        texts = [files.get(f"{self.key}.{part}.json", b"{}").decode() for part in PARTS]
        return frozenset(form_edits.paths(Form(*map(form_texts.read, texts))))

    @property
    def paths(self) -> list[str]:
        return form_edits.paths(self.form) if self.form is not None else []

    @property
    def options(self) -> list[Option]:
        """The choices of the selected field."""
        return form_settings.options_of(self.made, self.selected)

    def right(self, step: str, path: str) -> str:
        return form_settings.rights_at(self.made, step).get(path, "")

    def uses(self, path: str) -> list[form_uses.Use]:
        return form_uses.of_field(self.opened.bundle, self.key, form_edits.last(path))

    def require_unused(self, path: str) -> None:
        """Raises Invalid where diagrams or tables read the field by its key."""
        if found := self.uses(path):
            places = dict.fromkeys(f"{one.name} ({one.file})" for one in found)
            raise Invalid(
                "{name} is read elsewhere: {places}. Change that first.",
                name=path,
                places=", ".join(list(places)[:10]),
            )


def _named(form: MultiDict[str, str], prefix: str) -> dict[str, str]:
    """What was sent under names with a prefix; a box that is not ticked sends its `-box` alone."""
    found = {}
    for name in form:
        if name.startswith(prefix):
            plain = name.removeprefix(prefix)
            found[plain.removesuffix("-box")] = form.get(name.removesuffix("-box"), "").strip()
    return found


def options_in(form: MultiDict[str, str]) -> list[Option]:
    """The choices as they were typed."""
    columns = (form.getlist(name)[:MOST_OPTIONS] for name in ("option", "option-zh", "option-en"))
    rows = zip(*columns, strict=False)
    return [Option(*(one.strip()[:200] for one in row)) for row in rows]


def with_option(options: list[Option], act: str, at: int) -> list[Option]:
    """The choices after one act on one of them."""
    made = list(options)
    if act == "add" and len(made) < MOST_OPTIONS:
        number = len(made) + 1
        while any(one.value == f"option_{number}" for one in made):
            number += 1
        made.append(Option(f"option_{number}", "", ""))
    elif 0 <= at < len(made):
        if act == "remove":
            del made[at]
        elif act in ("up", "down"):
            to = at + (-1 if act == "up" else 1)
            if 0 <= to < len(made):
                made.insert(to, made.pop(at))
    return made
