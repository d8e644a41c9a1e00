"""The seal of the activity log: a hash chain for each agency and each service whose events make its lines.

Each hash covers the one before, and all of a line that survives an erasure. A service's events reach the gateway in
order, so a rebuild makes the same chains. Between two services the order may differ, and no chain depends on it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC

from contracts.erasing import without_names
from services.gateway.model.activity_seal import Head, StoredLine
from services.gateway.projection.activity.lines import entry_and_event


def sealed(heads: Mapping[str, Head], line: StoredLine) -> dict[str, Head]:
    """The heads after one more line."""
    before = heads.get(line.owner, Head())
    digest = hashlib.sha256(bytes.fromhex(before.hash) + _content(line)).hexdigest()
    return {**heads, line.owner: Head(before.lines + 1, digest)}


def _content(line: StoredLine) -> bytes:
    """What the hash covers. Fields at their defaults are left out, so that a new field changes no hash."""
    _, event = entry_and_event(line.type, line.data)
    kept = without_names(type(event), event.model_dump(mode="json", exclude_defaults=True))
    head = (line.at.astimezone(UTC).isoformat(), line.kind, line.costs, line.type, line.actor, str(line.operation_id))
    return json.dumps([*head, sorted(map(str, line.about)), kept], sort_keys=True, ensure_ascii=False).encode()
