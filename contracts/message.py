"""What every message is: a frozen, versioned model that knows its type and topic, from its owner and its kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import Quantities, Service

Count = Annotated[int, Field(ge=0, le=100_000)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
EmailText = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Figures = dict[str, int | str | None]
"""The numbers of a rejection, by the name they have in the problem details (snake case on the bus)."""


class Payload(BaseModel):
    """A value inside a message: frozen; what a later minor version adds is ignored by an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Seats(Payload):
    """A count of each seat type."""

    base: Count = 0
    voice: Count = 0

    @staticmethod
    def of(quantities: Quantities) -> Seats:
        """From the domain's value."""
        return Seats(base=quantities.base, voice=quantities.voice)

    def quantities(self) -> Quantities:
        """To the domain's value."""
        return Quantities(self.base, self.voice)


class Invoice(Payload):
    """A Stripe invoice as people refer to it; amounts in cents. `url` is Stripe's public invoice page."""

    id: Text
    number: str | None = None
    total: int
    amount_paid: int
    url: str | None = None


class Message(Payload):
    """A message of the bus. Subclasses name their type: `class SignUp(Order, type="members.sign_up.v1")`."""

    type: ClassVar[str]
    topic: ClassVar[str]
    owner: ClassVar[Service]
    suffix: ClassVar[str] = ""
    outcomes: ClassVar[tuple[str, ...]] = ()
    """The types of what ends a command: given by the command, and always the owner's rejection too."""

    def __init_subclass__(cls, **_: object) -> None:
        """Let class keywords through; they are read when the model is complete."""
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        type: str | None = None,  # noqa: A002  the CloudEvents attribute
        outcomes: tuple[str, ...] = (),
        **kwargs: object,
    ) -> None:
        """Register the class under its type and derive owner and topic from it."""
        super().__pydantic_init_subclass__(**kwargs)
        if type is None:
            return
        cls.type = type
        cls.owner = Service(type.partition(".")[0])
        cls.topic = f"{cls.owner}.{cls.suffix}"
        cls.outcomes = (*outcomes, f"{cls.owner}.command_rejected.v1") if cls.suffix == "commands" else ()
        _KNOWN[type] = cls


_KNOWN: dict[str, type[Message]] = {}


def message_class(name: str) -> type[Message] | None:
    """The model of a type of message, among the contracts that have been imported; None when there is none."""
    return _KNOWN.get(name)


def known_messages() -> Mapping[str, type[Message]]:
    """Every type of message among the contracts that have been imported."""
    return MappingProxyType(_KNOWN)


class Command(Message):
    """An imperative addressed to its owner. `outcomes` are the types of the events that end it."""

    suffix: ClassVar[str] = "commands"


class Event(Message):
    """Something that happened, said by its owner."""

    suffix: ClassVar[str] = "events"


class Reply(Message):
    """What one asker wants once and nobody keeps: no sequence number, no replay; a lost one is asked for again."""

    suffix: ClassVar[str] = "replies"


class CommandRejected(Event):
    """The owner's "no" to a command: a code of the vocabulary and the figures a person needs. One type per owner."""

    command_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    command_type: Text
    code: Text
    figures: Figures = Field(default_factory=dict)
