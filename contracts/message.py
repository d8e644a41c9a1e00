"""The base of every message: a frozen, versioned model that derives its topic from its type and kind.

The kinds are commands, events, replies, and rejections.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, field_serializer, field_validator

from contracts.payment_vocabulary import Debt
from contracts.rejection_base import FIGURES_MAX, OfCode
from contracts.rejections import REJECTIONS, Rejection, Unlisted
from contracts.request_rejections import InternalError
from contracts.vocabulary import TEXT_MAX, Quantities, Service

Count = Annotated[int, Field(ge=0)]
"""A number as Stripe or a service has it. Only what people request has a limit: `MOST_SEATS_REQUESTED`."""
Text = Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
Code = Annotated[str, Field(max_length=100)]
"""A code of Stripe's: of a decline, of a currency."""
Words = Annotated[str, Field(max_length=1000)]
"""Words of Stripe or a person; Stripe's own descriptions have at most 500 characters."""
Url = Annotated[str, Field(max_length=2000)]
Sealed = Annotated[str, Field(max_length=4000)]
"""A secret that only the service opens that needs it: at most one address in it."""
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$", examples=["en", "sv", "pt-BR"])]
"""A language as BCP 47 writes it, with its script and region where they matter."""


class Payload(BaseModel):
    """A value inside a message. It is frozen, and ignores fields that a newer sender adds."""

    # A service handles a third of the messages that it imports: a validator is built when it is first used.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Seats(Payload):
    """A number of seats of each type."""

    base: Count = 0
    voice: Count = 0

    @staticmethod
    def of(quantities: Quantities) -> Seats:
        """The message value of a domain value."""
        return Seats(base=quantities.base, voice=quantities.voice)

    def quantities(self) -> Quantities:
        """The domain value of this message value."""
        return Quantities(self.base, self.voice)


class Owed(Payload):
    """The debt of an agency: the number of unpaid invoices, and their sum in the smallest unit of `currency`.

    `decline_code` is Stripe's, of the last try to charge the oldest one.
    """

    invoices: Count
    amount: int
    currency: Code = "usd"
    decline_code: Code | None = None

    @staticmethod
    def of(debt: Debt) -> Owed:
        """The message value of a domain value."""
        return Owed(invoices=debt.invoices, amount=debt.amount, currency=debt.currency, decline_code=debt.decline_code)

    def debt(self) -> Debt:
        """The domain value of this message value."""
        return Debt(self.invoices, self.amount, self.currency, self.decline_code)


class Invoice(Payload):
    """A Stripe invoice as people refer to it; amounts in cents. `url` is Stripe's public invoice page.

    `is_paid` is False for one that is still a draft or open: on account, or while its payment is under way.
    `discount` is what coupons took off its lines, and `tax` what was added to them; `total` is after both. Both are
    negative where credits give back less, because they had a discount, and the tax that they had. `credited` is what
    credit notes have taken off the total.
    """

    id: Text
    number: Words | None = None
    total: int
    amount_paid: int
    url: Url | None = None
    currency: Code = "usd"
    is_paid: bool = True
    discount: int = 0
    tax: int = 0
    credited: int = 0

    @property
    def from_balance(self) -> int:
        """The part that the customer balance has paid."""
        return max(0, self.total - self.amount_paid - self.credited) if self.is_paid else 0


class Message(Payload):
    """A message of the bus. A subclass names its type: `class SignUp(Command, type="members.sign_up.v1")`."""

    type: ClassVar[str]
    topic: ClassVar[str]
    owner: ClassVar[Service]
    suffix: ClassVar[str] = ""
    outcomes: ClassVar[tuple[str, ...]] = ()
    """The types of the messages that end a command: those that the command names, and its owner's rejection."""
    senders: ClassVar[frozenset[Service]] = frozenset()
    """The services that may send it: of an event and a reply its owner, of a command those that it names."""

    def __init_subclass__(cls, **_: object) -> None:
        """Accept class keywords. `__pydantic_init_subclass__` reads them when the model is complete."""
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        type: str | None = None,  # noqa: A002  the CloudEvents attribute
        outcomes: tuple[str, ...] = (),
        senders: tuple[Service, ...] = (Service.GATEWAY,),
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
        cls.senders = frozenset(senders if cls.suffix == "commands" else (cls.owner,))
        _KNOWN[type] = cls


_KNOWN: dict[str, type[Message]] = {}


def message_class(name: str) -> type[Message] | None:
    """The model of a message type, among the imported contracts; None for an unknown type."""
    return _KNOWN.get(name)


def known_messages() -> Mapping[str, type[Message]]:
    """Every message type of the imported contracts, with its model."""
    return MappingProxyType(_KNOWN)


class Command(Message):
    """A request to the service that owns it. `outcomes` are the types of the events that end it.

    `senders` are the services that may send it, by default the gateway. `only_by_operator`: with the operator's key.
    """

    suffix: ClassVar[str] = "commands"
    only_by_operator: ClassVar[bool] = False


class Event(Message):
    """Something that happened, published by the service that owns it."""

    suffix: ClassVar[str] = "events"


class Reply(Message):
    """An answer for one caller, without a sequence number. If it is lost, the caller repeats its command."""

    suffix: ClassVar[str] = "replies"


class Rejected(Payload):
    """A rejection inside a message: its `code`, and in `figures` the typed rejection of that code.

    On the bus `figures` is a JSON object with the rejection's fields. Figures that do not fit a known code make the
    message unreadable. An unknown code does not: a newer sender may know more codes than we do.
    """

    code: Text
    figures: Rejection | Unlisted = Field(default_factory=dict, validate_default=True)

    @property
    def rejection(self) -> Rejection:
        """The rejection, typed. A code that this release does not know counts as a fault of ours."""
        return InternalError() if isinstance(self.figures, Unlisted) else self.figures

    @field_validator("figures", mode="before")
    @classmethod
    def _read_figures(cls, figures: object, info: ValidationInfo) -> Rejection | Unlisted:
        return read_rejection(info.data.get("code", ""), figures)

    @field_serializer("figures")
    def _write_figures(self, figures: Rejection | Unlisted) -> dict[str, int | str | None]:
        return figures.as_json()


def read_rejection(code: str, figures: object) -> Rejection | Unlisted:
    """The typed rejection of a code, from its figures as JSON. ValueError when they do not fit the code or are long."""
    values = figures.as_json() if isinstance(figures, OfCode) else figures
    if isinstance(values, Mapping) and sum(len(f"{name}{value}") for name, value in values.items()) > FIGURES_MAX:
        raise ValueError(f"the figures have more than {FIGURES_MAX} characters")
    if code not in REJECTIONS:
        return _UNLISTED.validate_python({"code": code, "figures": figures})
    return _reader(code).validate_python(figures)


_UNLISTED = TypeAdapter(Unlisted)


@lru_cache
def _reader(code: str) -> TypeAdapter[Rejection]:
    reader: TypeAdapter[Rejection] = TypeAdapter(REJECTIONS[code])
    return reader


class CommandRejected(Rejected, Event):
    """The owner rejects a command, and nothing has changed. One type for each owner."""

    command_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    command_type: Text


class AgencyParked(Event):
    """The owner could not handle a message about the agency, and holds back the agency's later ones until it can.

    One type for each owner. Nothing is lost. `refused`: the message is one that the owner publishes, and the broker
    refuses it; `others` counts the agencies for which it refuses one already, and all of them may have one cause. The
    event then has no number, as it passes those that wait.
    """

    message_type: Text
    refused: bool = False
    others: Count = 0


class AgencyResumed(Event):
    """The owner handles the agency's messages again, or (`refused`) the broker takes them. One type for each owner."""

    refused: bool = False
