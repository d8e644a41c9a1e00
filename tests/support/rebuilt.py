"""The gateway's rows that other services' events can rebuild after its schema was lost, and why the rest is lost."""

import json
from collections.abc import Mapping

from tests.support.rows import TableRows

LEFT_OUT: Mapping[str, str] = {
    # the chassis's own bookkeeping
    "gateway.actors": "its cursors, and the numbers of the messages that it published",
    "gateway.outbox": "its own messages, which other services have handled",
    "gateway.unsent": "messages that its relay has not delivered yet",
    "gateway.deferred_messages": "messages that wait for an earlier message",
    "gateway.heads_round": "whose numbers it compares next",
    "gateway.gaps": "what it lacks until the next comparison",
    "gateway.external_events": "ids of events without a number, which no replay repeats",
    "gateway.refused_records": "messages that the broker does not take",
    "gateway.replay_rate": "the rate of its last replay",
    "gateway.retention": "how far its own outbox was looked through",
    "gateway.tasks": "erasures that are under way: the events of the replay begin them again",
    "gateway.activity_seals": "a job makes them: test_replay compares the chains",
    "gateway.activity_sealing": "up to which batch of the feed the job has looked",
    "gateway.erasures": "mailboxes of erasures that are under way: no event has them",
    "gateway.migrations.at": "when its tables were made",
    # requests of people, which no event repeats
    "gateway.operations": "responses, kept seven days: a request with a repeated key runs again",
    "gateway.sessions": "keyed hashes that no event carries: everybody signs in again",
    "gateway.login_codes": "keyed hashes that no event carries: people who wait for a code request another",
    "gateway.guesses": "counting starts again",
    "gateway.wrong_codes": "counting starts again",
    "gateway.invitation_lists": "typed lists that no event carries: who is invited is known from their events",
    "gateway.known_browsers": "keyed hashes that no event carries: a browser is known again after its next sign-in",
    "gateway.rates": "counting starts again, as after any crash",
    "gateway.invitations": "keyed hashes: invited people accept by signing in with a code, or are invited again",
    "gateway.api_keys": "keyed hashes of secrets that no event carries: admins make new keys",
    "gateway.members.reminded_at": "its own event, lost with its outbox: a reminder may come again within seven days",
    "gateway.members.idle_mail_since": "its own event, lost with its outbox: admins ask for the mail again",
    "gateway.agencies.idle_mailed_at": "its own event, lost with its outbox: nobody has asked for the mail since",
    # values that differ although nothing is lost
    "gateway.claims.browser_hash": "a keyed hash that no event carries: the person confirms name and seat type",
    "gateway.claims.place": "the order of handling",
    "gateway.feed": "a row per batch for open pages, kept a day: the batches are others",
    "gateway.activity.id": "the order of handling: between two senders the order may change",
    "gateway.members.removed_at": "the time at which the gateway handled the event: earlier codes are void",
    "gateway.members.last_seen_at": "only the time of the recorded login is left; the session began a moment later",
}
"""Tables and columns that are not compared, each with the reason."""
OWN_EVENTS = "gateway."
"""Log lines from the gateway's own events (API keys, limited codes) are lost with its outbox."""


def rebuildable_rows(rows: TableRows) -> TableRows:
    """Return the gateway's rows without the tables and columns of `LEFT_OUT`."""
    rebuildable: TableRows = {}
    for name, texts in rows.items():
        if not name.startswith("gateway.") or name in LEFT_OUT:
            continue
        dropped = [key.removeprefix(f"{name}.") for key in LEFT_OUT if key.startswith(f"{name}.")]
        read = [json.loads(text) for text in texts]
        kept = [{column: row[column] for column in row if column not in dropped} for row in read]
        if name == "gateway.activity":
            kept = [row for row in kept if not row["type"].startswith(OWN_EVENTS)]
        rebuildable[name] = sorted(json.dumps(row, sort_keys=True) for row in kept)
    return rebuildable
