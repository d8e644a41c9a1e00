"""The cookie of a sign-in that has begun: the address whose code is awaited, and the page to go on to."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from uuid import uuid4

import orjson

from contracts.address import AddressError, parse_address
from contracts.vocabulary import SeatType
from services.gateway.domain.first_pick import Wish
from services.gateway.domain.return_address import return_address
from services.gateway.domain.same_origin import cookie_is_secure

LIFE_SECONDS = 1800
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,3000}={0,2}")
_MAIL = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class SignInCookie:
    """The address, and the page to go on to. `wish` is what the person signed up for, if a sign-up began it.

    `mail` tells one code mail from the next: the page counts thirty seconds from each.
    """

    email: str
    mail: str
    after: str | None = None
    wish: Wish | None = None


def new(email: str, after: str | None, wish: Wish | None = None) -> SignInCookie:
    """The cookie after a code was mailed to this address."""
    return SignInCookie(email, uuid4().hex, after, wish)


def cookie_name(public_url: str) -> str:
    """The name under which browsers keep it; a name with __Host- needs TLS."""
    return "__Host-signing-in" if cookie_is_secure(public_url) else "headcount-signing-in"


def serialize(cookie: SignInCookie) -> str:
    """The cookie's value: JSON in base64, without spaces or quotes."""
    wish = None if cookie.wish is None else [cookie.wish.name, cookie.wish.seat_type]
    values = [cookie.email, cookie.mail, cookie.after, wish]
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode()


def parse(value: str | None) -> SignInCookie | None:
    """The cookie of a value; None when there is none, or the value is not one of ours."""
    if value is None or not _VALUE.fullmatch(value):
        return None
    try:
        email, mail, after, wish = orjson.loads(base64.urlsafe_b64decode(value))
    except (ValueError, TypeError):
        return None
    if not isinstance(mail, str) or not _MAIL.fullmatch(mail) or not _is_stored_form(email):
        return None
    return SignInCookie(email, mail, return_address(after if isinstance(after, str) else None), _wish(wish))


def _wish(value: object) -> Wish | None:
    match value:
        case [str() as name, str() as seat_type] if seat_type in set(SeatType):
            return Wish(name, SeatType(seat_type))
        case _:
            return None


def _is_stored_form(email: object) -> bool:
    """Whether this is an address as we wrote it; a stranger's text must not reach the code requests of others."""
    try:
        return isinstance(email, str) and parse_address(email) == email
    except AddressError:
        return False
