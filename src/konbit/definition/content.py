"""What flowcharts speak of by name: roles, forms and messages. They live with the plan, in every language they exist in."""

from typing import Literal

from pydantic import Field

from konbit.definition.base import Code, Language, Model, Name, Text
from konbit.definition.plurals import Category

CapType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Urgency = Literal["advisory", "urgent", "life_safety"]
"""The `msgType` of the Common Alerting Protocol 1.2."""


class Role(Model):
    """Somebody who acts or is addressed: a name for people, bound to persons per country in the directory."""

    title: Text
    party: Literal["diaspora", "authority", "humanitarian", "partner", "affected"] = "diaspora"
    """Who the role belongs to; everybody but the diaspora is an external party."""
    per: Literal["cluster", "chapter", "place"] | None = None
    """Set if there is one such role for each cluster, chapter or place: `cluster_lead.HEA`."""
    deputy: Name | None = None
    """The role that stands in when nobody holding this one answers."""


class Choice(Model):
    """One of the answers a field offers."""

    value: Code
    label: Text
    means: Literal["accept", "decline"] = "accept"
    """Whether choosing it counts as taking the request on."""


class FormField(Model):
    """A question of a form."""

    name: Name
    label: Text
    help: Text | None = None
    type: Literal[
        "choice", "choices", "text", "long_text", "number", "date", "truth", "cluster", "place", "hazard"
    ] = "text"
    required: bool = False
    of: list[Choice] = []
    """The choices, for a `choice` or `choices` field."""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = Field(default=280, ge=1, le=4000)
    unit: Text | None = None


class Form(Model):
    """What a person is asked to fill in: small, in their language, usable on a bad connection."""

    form: Name
    title: Text
    record: Literal["availability", "decision", "observation", "offer", "cluster_input", "confirmation"]
    """What an answer is kept as."""
    many: bool = False
    """Set if the same person may send it several times, each time another record."""
    fields: list[FormField]
    submit: Text | None = None
    decline: Text | None = None
    """The words of the button for 'I cannot'; without it the form has no such button."""
    reviewed: dict[Language, str] = {}
    """By language the mark that `konbit messages review` gives, once a native speaker has read the texts."""

    def field(self, name: str) -> FormField | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


class Counted(Model):
    """A phrase that changes with a number: `{n} need`, `{n} needs`."""

    of: Name
    """The value that is the number."""
    forms: dict[Language, dict[Category, str]]
    """By language and plural category (CLDR): `{n}` stands for the number."""


class Message(Model):
    """What is said to somebody: one content for every channel. `{name}` stands for a value of the run."""

    kind: Literal[
        "alert", "update", "question", "reminder", "report", "stand_down", "correction", "alarm"
    ] = "update"
    """What it is for; `alert`, `question`, `reminder` and `alarm` go on the urgent lane."""
    cap: CapType = "Update"
    """The message type of CAP 1.2 that it corresponds to."""
    urgency: Urgency | None = None
    """What it may do in somebody's quiet hours. `advisory` waits for the morning; `urgent` takes silent channels at once, and
    loud ones if nobody else is left to ask; `life_safety` wakes people. Without it an `alarm` is `life_safety`, what goes on
    the urgent lane `urgent`, the rest `advisory`. A drill wakes only those who agreed to night drills."""
    subject: Text
    body: Text
    sms: Text | None = None
    """The short form for text messages; the subject if there is none."""

    counts: dict[Name, Counted] = {}
    """Phrases with a number, by the name that stands for them in the texts."""
    reviewed: dict[Language, str] = {}
    """By language the mark that `konbit messages review` gives, once a native speaker has read the texts."""

    @property
    def urgent(self) -> bool:
        """True if it goes on the urgent lane."""
        return self.kind in ("alert", "question", "reminder", "alarm")

    @property
    def disturbs(self) -> Urgency:
        """Its urgency, said or by its kind."""
        if self.urgency is not None:
            return self.urgency
        if self.kind == "alarm":
            return "life_safety"
        return "urgent" if self.urgent else "advisory"
