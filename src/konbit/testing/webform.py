"""A form on a web page as a browser without JavaScript has it: its fields, what is filled in, what may be chosen."""

import dataclasses
import html.parser
import urllib.parse
from collections.abc import Mapping, Sequence


@dataclasses.dataclass
class Control:
    """Everything on the page with one name: a text, a list, or a set of buttons to choose from."""

    name: str
    kind: str
    value: list[str] = dataclasses.field(default_factory=list)
    """What is filled in or chosen when the page opens."""
    choices: list[str] | None = None
    """What may be chosen; None where anything may be written."""
    required: bool = False


@dataclasses.dataclass
class WebForm:
    """One form."""

    action: str
    controls: dict[str, Control] = dataclasses.field(default_factory=dict)
    buttons: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    """Name and value of each button that sends it."""

    def filled(self, given: Mapping[str, Sequence[str]], button: tuple[str, str]) -> dict[str, list[str]]:
        """What a browser sends when the fields are filled in so and the button is pressed.

        ValueError for a field, a choice or a button that the page does not have, and for a required field left empty.
        """
        if button not in self.buttons:
            raise ValueError(f"the page has no button {button[1]}")
        for name, values in given.items():
            control = self.controls.get(name)
            if control is None:
                raise ValueError(f"the page has no field {name}")
            refused = [
                value for value in values if control.choices is not None and value not in control.choices
            ]
            if refused:
                raise ValueError(f"the field {name} has no choice {refused[0]}")
        sent = {name: list(given.get(name, control.value)) for name, control in self.controls.items()}
        return {name: values for name, values in sent.items() if values} | {button[0]: [button[1]]}

    def missing(self, sent: Mapping[str, Sequence[str]]) -> list[str]:
        """The required fields that are empty."""
        return [
            name
            for name, control in self.controls.items()
            if control.required and not any(sent.get(name, ()))
        ]


def forms(page: str) -> list[WebForm]:
    """The forms of a page, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.forms


def encoded(sent: Mapping[str, Sequence[str]]) -> bytes:
    """The body of the request."""
    return urllib.parse.urlencode(
        [(name, value) for name, values in sent.items() for value in values]
    ).encode()


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[WebForm] = []
        self._form: WebForm | None = None
        self._select: Control | None = None
        self._area: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes what belongs to a form."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = WebForm(found.get("action", ""))
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input":
            self._input(self._form, found)
        elif tag == "select":
            self._select = self._control(self._form, found, "select")
            self._select.choices = []
        elif tag == "option" and self._select is not None and self._select.choices is not None:
            self._select.choices.append(found.get("value", ""))
            if "selected" in found or len(self._select.choices) == 1:
                self._select.value = [found.get("value", "")]
        elif tag == "textarea":
            self._area = self._control(self._form, found, "textarea")
        elif tag == "button" and found.get("type", "submit") == "submit" and found.get("name"):
            self._form.buttons.append((found["name"], found.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Ends a form, a list or a text."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Takes the text in a text field."""
        if self._area is not None:
            before = self._area.value[0] if self._area.value else ""
            self._area.value = [before + data.removeprefix("\n")]

    def _input(self, form: WebForm, found: Mapping[str, str]) -> None:
        kind = found.get("type", "text")
        if not found.get("name") or kind in ("submit", "button", "reset", "file", "image"):
            return
        control = self._control(form, found, kind)
        value = found.get("value", "")
        if kind in ("radio", "checkbox"):
            control.choices = [*(control.choices or ()), value]
            if "checked" in found:
                control.value.append(value)
        else:
            control.value = [value]

    def _control(self, form: WebForm, found: Mapping[str, str], kind: str) -> Control:
        control = form.controls.setdefault(found.get("name", ""), Control(found.get("name", ""), kind))
        control.required = control.required or "required" in found
        return control
