"""A place in a list by time, as text that a client sends back unread."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated

from fastapi import Query

from contracts.vocabulary import RejectionCode
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.fields import OTHER_CURSOR

NEXT_CURSOR = "`nextCursor` of the page before."
Cursor = Annotated[str | None, Query(max_length=1000, description=NEXT_CURSOR)]


def cursor_of(at: datetime, name: str) -> str:
    """The cursor of that place."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), name]).encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """The place of a cursor. RejectedError `invalid_request` when the cursor is not from this list."""
    try:
        at, name = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        place = datetime.fromisoformat(at)
        if not isinstance(name, str) or "\0" in name or place.tzinfo is None:
            raise ValueError("not ours")  # noqa: TRY301  one sentence for all that is not a cursor
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as invalid:
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors={"cursor": OTHER_CURSOR}) from invalid
    return place, name
