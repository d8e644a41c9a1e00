"""The JSON bodies of a list of invitations, and of what became of each person."""

from __future__ import annotations

from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from services.gateway.api.schemas.base import EXAMPLE_ID, Wire
from services.gateway.api.schemas.members import InviteIn
from services.gateway.domain.invitation_list import MOST_LINES


class _Addressed(Protocol):
    @property
    def email(self) -> str: ...


Person = TypeVar("Person", bound=_Addressed)


def addressed_once(people: list[Person]) -> list[Person]:
    """The people; ValueError when one address is there twice."""
    if len({invitee.email for invitee in people}) < len(people):
        raise ValueError("must not have an address twice")
    return people


class InviteManyIn(Wire):
    """The people to invite, in this order while seats last."""

    people: Annotated[list[InviteIn], Field(min_length=1, max_length=MOST_LINES), AfterValidator(addressed_once)]


class NotInvited(Wire):
    """A person who was not invited, and why."""

    email: str = Field(examples=["noor@harbor.example"])
    code: str = Field(examples=["no_seat_available"])
    detail: str


class InvitationListOut(Wire):
    """How far a list is: `invited` and `refused` are over, `running` is recorded, and `unsent` is still to be sent.

    The rest is sent by itself at `dueAt`, at the latest; null: nothing is left to send.
    """

    id: UUID = Field(examples=[EXAMPLE_ID])
    total: int
    invited: list[str] = Field(description="Addresses, in the order of the list.")
    refused: list[NotInvited]
    running: int
    unsent: int
    due_at: AwareDatetime | None
