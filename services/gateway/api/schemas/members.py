"""The JSON bodies of the Members list, and of inviting, changing and re-inviting members."""

from __future__ import annotations

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from contracts.members_invitations import MOST_INVITATIONS
from contracts.seats import MOST_EXCHANGED
from contracts.vocabulary import Role, SeatType
from services.gateway.api.schemas.base import EXAMPLE_ID, OTHER_EXAMPLE_ID, Email, Wire, Words
from services.gateway.api.schemas.operations import OperationRef
from services.gateway.api.schemas.sign_in import MeMember
from services.gateway.model.bulk import MOST_CHANGED, Action


def named_once(ids: list[UUID]) -> list[UUID]:
    """The ids; ValueError when one is there twice."""
    if len(set(ids)) < len(ids):
        raise ValueError("must not name anybody twice")
    return ids


class MemberChangeIn(Wire):
    """A change of a member: the role alone, or any of the name, the seat type and the address."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["role"]},
                {"anyOf": [{"required": ["name"]}, {"required": ["seatType"]}, {"required": ["email"]}]},
            ]
        }
    )

    role: Role | SkipJsonSchema[None] = None
    name: Words | SkipJsonSchema[None] = Field(default=None, examples=["Noor Haddad"])
    seat_type: SeatType | SkipJsonSchema[None] = None
    email: Email | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def role_or_details(self) -> Self:
        """Reject a body without a change, and a role beside other changes: it is a command of its own."""
        given = self.model_fields_set
        if any(getattr(self, field) is None for field in given) or ("role" in given) == bool(given - {"role"}):
            raise ValueError("give either the role, or any of name, seatType and email")
        return self


class InviteIn(Wire):
    """An invitation of a person, in any mail domain, to a seat type and a role."""

    email: Email
    name: Words = Field(examples=["Noor Haddad"])
    seat_type: SeatType
    role: Role = Role.CLINICIAN


class ReinviteIn(Wire):
    """The terms of the new invitation; what is left out stays as it is."""

    seat_type: SeatType | None = None
    role: Role | None = None
    name: Words | None = Field(default=None, examples=["Noor Haddad"])


class ReinviteManyIn(Wire):
    """The members to invite anew, in this order while seats last. Without a seat type, each member keeps theirs."""

    seat_type: SeatType | None = None
    ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=MOST_INVITATIONS, json_schema_extra={"uniqueItems": True}),
        AfterValidator(named_once),
    ] = Field(examples=[[EXAMPLE_ID]])


class MemberRow(MeMember):
    """A row of the Members list. `mailFailed` is why the newest mail could not be delivered, in the server's words.

    The removal of a Removed member can be undone until `undoUntil`; null: it cannot.
    """

    invited_at: AwareDatetime | None
    first_login_at: AwareDatetime | None
    last_seen_at: AwareDatetime | None
    mail_failed: str | None = Field(None, examples=["550 5.1.1 No such user here"])
    undo_until: AwareDatetime | None = None


class NotReinvited(Wire):
    """A member who was not invited anew, and why."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    code: str = Field(examples=["no_seat_available"])
    detail: str


class ReinvitedOut(Wire):
    """The result of each member, in the order of the request."""

    done: list[UUID]
    refused: list[NotReinvited]


_VALUE_OF = {
    Action.CHANGE_SEAT: ("seatType", True),
    Action.REINVITE: ("seatType", False),
    Action.CHANGE_ROLE: ("role", True),
    Action.DECLINE: ("note", False),
}
"""The field that belongs to an action, and whether the action needs it. The other actions have none."""
_VALUES: dict[str, list[str]] = {"seatType": list(SeatType), "role": list(Role), "note": []}


def _described(action: Action) -> dict[str, Any]:
    """Describe the fields that a change of this kind may have, which a plain list of fields cannot say."""
    own, is_required = _VALUE_OF.get(action, ("", False))
    fields: dict[str, Any] = {field: {"type": "null"} for field in _VALUES if field != own}
    if is_required:
        fields[own] = {"enum": _VALUES[own]}
    return {"properties": {"action": {"const": action}, **fields}, "required": ["action", *[own] * is_required]}


class ChangeManyIn(Wire):
    """One change of several members: `seatType` belongs to `change_seat` and `reinvite`, `role` to `change_role`.

    `approve` lets a Blocked member into a free seat; `decline` mails the `note` to a Blocked member, who stays Blocked.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": [_described(action) for action in Action]})

    action: Action
    ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=MOST_CHANGED, json_schema_extra={"uniqueItems": True}),
        AfterValidator(named_once),
    ] = Field(examples=[[EXAMPLE_ID]])
    seat_type: SeatType | None = None
    role: Role | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def with_its_value(self) -> Self:
        """Reject a change of the seat or of the role that does not say which, and a value that belongs to another."""
        own, is_required = _VALUE_OF.get(self.action, ("", False))
        given = {"seatType": self.seat_type, "role": self.role, "note": self.note}
        if is_required and given[own] is None:
            raise ValueError(f"give {own} with {self.action}")
        for field, value in given.items():
            if value is not None and field != own:
                raise ValueError(f"give no {field} with {self.action}")
        return self


class SeatMoveIn(Wire):
    """The seat type that an Active member is to hold."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    seat_type: SeatType


def moved_once(moves: list[SeatMoveIn]) -> list[SeatMoveIn]:
    """The moves; ValueError when one member is there twice."""
    named_once([move.id for move in moves])
    return moves


class ExchangeIn(Wire):
    """The seat types that these Active members are to hold, all of them or nobody."""

    members: Annotated[list[SeatMoveIn], Field(min_length=2, max_length=MOST_EXCHANGED), AfterValidator(moved_once)] = (
        Field(examples=[[{"id": EXAMPLE_ID, "seatType": "voice"}, {"id": OTHER_EXAMPLE_ID, "seatType": "base"}]])
    )


class ExchangedOut(Wire):
    """The members of the exchange, with the seat types that they hold by it."""

    members: list[MemberRow]


class NotChanged(Wire):
    """A member who was not changed, and why."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    code: str = Field(examples=["last_admin"])
    detail: str


class StillRunning(Wire):
    """A member whose change takes longer than the request waits, and the operation to ask for."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    operation: OperationRef


class ChangedOut(Wire):
    """The result of each member, in the order of the request."""

    done: list[UUID]
    refused: list[NotChanged]
    running: list[StillRunning]


class StatusCounts(Wire):
    """The number of members in each status, in the whole agency."""

    invited: int
    pending_login: int
    active: int
    blocked: int
    removed: int


class MembersOut(Wire):
    """A page of members. `total` is how many match, `counts` are those of the whole agency."""

    items: list[MemberRow]
    total: int
    counts: StatusCounts
    next_cursor: str | None
