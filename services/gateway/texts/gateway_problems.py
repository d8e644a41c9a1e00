"""The title and the sentence of each rejection that only the gateway gives: about a request and its credential."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.rejection_base import FiguresJson
from services.gateway.domain.api_key_cap import MOST_API_KEYS
from services.gateway.domain.gateway_codes import (
    BAD_SIGNATURE,
    CONFIRMATION_REQUIRED,
    FRESH_CODE_REQUIRED,
    HEADERS_TOO_LARGE,
    INSUFFICIENT_SCOPE,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    REMINDED_ALREADY,
    REQUEST_TOO_LARGE,
    REQUEST_TOO_SLOW,
    TOO_MANY_API_KEYS,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_STREAMS,
    UNKNOWN_API_KEY,
    UNKNOWN_SESSION,
)
from services.gateway.domain.remind_again import DAYS_APART
from services.gateway.texts import (
    seat_rejections,
)
from services.gateway.texts.problem import Problem

_CALLS = "The calls that exist are listed at /docs."


def _no_such_agency(figures: FiguresJson) -> str | None:
    if figures.get("what") != "agency":
        return None
    return "There is no agency with this id. Its id is in the answer that opened it, and in `GET /api/v1/me`."


GATEWAY_PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        UNKNOWN_API_KEY: Problem(
            "No such API key", "Your agency has no such API key; it may have been revoked already. Refresh the list."
        ),
        UNKNOWN_SESSION: Problem(
            "No such session", "You have no such session. It may have ended already. Refresh the list."
        ),
        INSUFFICIENT_SCOPE: Problem(
            "The key or token does not open this",
            "This API key lacks the scope {scope}. Make one that has it, under Settings.",
            "This token belongs to a browser extension or an app. It reads `GET /api/v1/me` and `GET /api/v1/events`,"
            " signs out with `DELETE /api/v1/sessions/current`, and does nothing else.",
        ),
        TOO_MANY_API_KEYS: Problem(
            "No more API keys",
            f"Your agency has {MOST_API_KEYS} API keys, and that is the most. Revoke one that no program uses anymore,"
            " then try again.",
        ),
        REMINDED_ALREADY: Problem(
            "Reminded already", f"They were reminded within the last {DAYS_APART} days. Wait before you write again."
        ),
        FRESH_CODE_REQUIRED: Problem(
            "A fresh code is needed",
            "This needs a code that is at most 15 minutes old. Ask for one with POST /api/v1/login-codes, send it to"
            " POST /api/v1/sessions/current/proof, then send this request again.",
        ),
        CONFIRMATION_REQUIRED: Problem(
            "Confirm that many seats",
            f"This adds many seats at once. {seat_rejections.CONFIRM}",
            with_figures=seat_rejections.confirm_many,
        ),
        NOT_FOUND: Problem(
            "No such page",
            f"There is nothing at this address. {_CALLS}",
            with_figures=_no_such_agency,
        ),
        METHOD_NOT_ALLOWED: Problem(
            "Not with this method",
            f"This address exists, but not for this method. {_CALLS}",
        ),
        REQUEST_TOO_LARGE: Problem(
            "The request is too large", "The request's body is larger than this call takes. Send less."
        ),
        REQUEST_TOO_SLOW: Problem(
            "The request took too long", "The request did not arrive completely in time. Send it again."
        ),
        HEADERS_TOO_LARGE: Problem(
            "The headers are too large",
            "The request has too many headers, or they are too long. Delete this site's cookies and try again.",
        ),
        MALFORMED_REQUEST: Problem(
            "Not a valid HTTP request", "The request is not valid HTTP. Correct it and try again."
        ),
        TOO_MANY_CONNECTIONS: Problem(
            "Too many connections", "Too many connections are open from this network, or in all. Try again in a moment."
        ),
        TOO_MANY_STREAMS: Problem(
            "Too many open streams",
            "This session, or its member, has too many open streams. Close one of them, then try again.",
        ),
        BAD_SIGNATURE: Problem(
            "The signature does not fit",
            "The signature is missing, wrong or too old, so the event was not taken. Check the webhook's signing"
            " secret.",
        ),
    }
)
