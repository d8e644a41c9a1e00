"""Rejections of a request by itself: who makes it, what it may do, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from contracts.personal import Personal
from contracts.rejection_base import OfCode
from contracts.vocabulary import RejectionCode, SeatType

# Sign-in


@dataclass(frozen=True)
class NotSignedIn(OfCode):
    """No session and no valid key. `credential` names the key that was given or is required, where that matters."""

    code = RejectionCode.NOT_SIGNED_IN
    credential: str | None = None


@dataclass(frozen=True)
class InvalidCode(OfCode):
    """The login code is wrong or has expired. `tries_left`: 0 when the code accepts no further try."""

    code = RejectionCode.INVALID_CODE
    tries_left: int | None = None


@dataclass(frozen=True)
class LinkExpired(OfCode):
    """The link was used or has expired. `invitation`: how an invitation's link ended, as the gateway names it."""

    code = RejectionCode.LINK_EXPIRED
    invitation: str | None = None


class LinkRequired(OfCode):
    """Too many wrong codes: in this browser, only the one-click link signs in."""

    code = RejectionCode.LINK_REQUIRED


class ChooseAgency(OfCode):
    """The address is a member of several agencies, and the request names none of them."""

    code = RejectionCode.CHOOSE_AGENCY


class ConfirmDetails(OfCode):
    """The sign-ups for the address differ, and none was made in this browser: the person gives name and seat type."""

    code = RejectionCode.CONFIRM_DETAILS


@dataclass(frozen=True)
class TooManyAttempts(OfCode):
    """A limit on attempts is reached. `retry_after` is in seconds, `limit` its name; `person`: whose invitations."""

    code = RejectionCode.TOO_MANY_ATTEMPTS
    retry_after: int | None = None
    limit: str | None = None
    person: Annotated[str | None, Personal.ADDRESS] = None


# Rights


class NotAnAdmin(OfCode):
    """Only an Active admin of the agency may do this."""

    code = RejectionCode.NOT_AN_ADMIN


class NotActive(OfCode):
    """Only an Active member may do this."""

    code = RejectionCode.NOT_ACTIVE


class BadOrigin(OfCode):
    """A write with a session cookie came from another site."""

    code = RejectionCode.BAD_ORIGIN


class BaaUnsigned(OfCode):
    """Admin actions are locked until the agency's BAA is signed."""

    code = RejectionCode.BAA_UNSIGNED


# Requests


@dataclass(frozen=True)
class InvalidRequest(OfCode):
    """A field of the request is not valid.

    `current` is the BAA's version that can be signed now. `admin_seat_type`, `base` and `voice` describe an agency
    whose purchase has no seat for its first admin.
    """

    code = RejectionCode.INVALID_REQUEST
    field: str | None = None
    current: str | None = None
    admin_seat_type: SeatType | None = None
    base: int | None = None
    voice: int | None = None


class UnknownOperation(OfCode):
    """The caller has no such operation."""

    code = RejectionCode.UNKNOWN_OPERATION


class AlreadyAnswered(OfCode):
    """The response held a secret and was given once; it is not given again."""

    code = RejectionCode.ALREADY_ANSWERED


class IdempotencyKeyReused(OfCode):
    """The idempotency key came with another request body before."""

    code = RejectionCode.IDEMPOTENCY_KEY_REUSED


class BusUnavailable(OfCode):
    """The request was not recorded, because the bus or Postgres is unavailable."""

    code = RejectionCode.BUS_UNAVAILABLE


class InternalError(OfCode):
    """A fault of ours; nothing is half done, and the operator's list has the command."""

    code = RejectionCode.INTERNAL_ERROR
