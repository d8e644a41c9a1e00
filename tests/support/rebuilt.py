"""What of the gateway's tables others' events tell, so that it comes back when its schema was lost; and what not."""

import json
from collections.abc import Mapping

from tests.support.rows import TableRows

LEFT_OUT: Mapping[str, str] = {
    # the chassis's own bookkeeping
    "gateway.actors": "how far it has heard, and the numbers of what it said",
    "gateway.outbox": "what it said itself; others have heard it",
    "gateway.unsent": "what its relay has still to publish",
    "gateway.deferred_messages": "what waits for an earlier message",
    "gateway.tasks": "it has none",
    "gateway.migrations.at": "when its tables were made",
    # what people did at its desk and no event repeats
    "gateway.operations": "answers to requests, kept seven days: a repeated key is a new request",
    "gateway.sessions": "only keyed hashes, nowhere else: everybody signs in again",
    "gateway.login_codes": "only keyed hashes: whoever waited for a code asks for another",
    "gateway.guesses": "counted anew",
    "gateway.rates": "counted anew, as after any crash",
    "gateway.invitations": "only keyed hashes: the invited sign in with a code, which accepts, or are invited anew",
    "gateway.api_keys": "only keyed hashes of secrets that nobody else has: admins make new ones",
    # what is the same and looks different
    "gateway.feed": "a row a batch, for pages that are open, kept a day: batches fall otherwise",
    "gateway.activity.id": "the order of hearing: between two senders it may be another one",
    "gateway.members.removed_at": "when the gateway learnt of it, on its own clock: codes that it gave before are over",
    "gateway.members.last_seen_at": "the session began a moment after the login was recorded, which is what is left",
}
"""Tables, and columns of tables, that are not compared, and why."""
OWN_FACTS = "gateway."
"""Lines of the log that the gateway's own events told (API keys, codes that were limited) went with its outbox."""


def told_by_facts(rows: TableRows) -> TableRows:
    """The gateway's rows without what is left out."""
    found: TableRows = {}
    for name, texts in rows.items():
        if not name.startswith("gateway.") or name in LEFT_OUT:
            continue
        dropped = [one.removeprefix(f"{name}.") for one in LEFT_OUT if one.startswith(f"{name}.")]
        read = [json.loads(text) for text in texts]
        kept = [{column: row[column] for column in row if column not in dropped} for row in read]
        if name == "gateway.activity":
            kept = [row for row in kept if not row["type"].startswith(OWN_FACTS)]
        found[name] = sorted(json.dumps(row, sort_keys=True) for row in kept)
    return found
