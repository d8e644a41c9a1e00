"""The cookie of a sign-in under way: whose code is awaited, and where the person wanted to go."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from uuid import uuid4

from services.gateway.domain.return_address import return_address
from services.gateway.domain.same_origin import cookie_is_secure

LIFE_SECONDS = 1800
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class SignInCookie:
    """`mail` tells one code mail from the next: the page counts thirty seconds from each."""

    email: str
    mail: str
    after: str | None = None
    joined: bool = False


def new(email: str, after: str | None, *, joined: bool = False) -> SignInCookie:
    """A sign-in for which a mail was just asked."""
    return SignInCookie(email, uuid4().hex, after, joined)


def cookie_name(public_url: str) -> str:
    """The cookie's name."""
    return "__Host-signing-in" if cookie_is_secure(public_url) else "headcount-signing-in"


def written(under_way: SignInCookie) -> str:
    """As the cookie carries it."""
    message = [under_way.email, under_way.mail, under_way.after, under_way.joined]
    return base64.urlsafe_b64encode(json.dumps(message).encode()).decode()


def read(cookie: str | None) -> SignInCookie | None:
    """From the cookie; None when there is none, or somebody else wrote it."""
    if not cookie or len(cookie) > _LONGEST:
        return None
    try:
        email, mail, after, joined = json.loads(base64.urlsafe_b64decode(cookie.encode()))
    except (ValueError, TypeError, binascii.Error):
        return None
    if not isinstance(email, str) or not isinstance(mail, str):
        return None
    return SignInCookie(email, mail, return_address(after if isinstance(after, str) else None), joined is True)
