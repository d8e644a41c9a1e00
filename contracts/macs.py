"""The MAC of a command: the proof that its sender holds a key, and not only a way to write to the topic.

It covers all of a record that decides what happens: topic, key, data, and the headers that the envelope reads, the
sequence number among them. The commands of the operator have keys of their own. Keys rotate: the first key signs, and
every key is valid. Sign when a record is delivered, not when it is stored: a replay then bears the present key's MAC.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.envelope import Headers
from contracts.message import Command, message_class
from contracts.vocabulary import OPERATOR, Service

MAC = "ce_mac"
KEY_CHARS = 32
"""The fewest characters of a key."""
_SIGNED = (
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_time",
    "ce_subject",
    "ce_sequence",
    "ce_causationid",
    "ce_correlationid",
    "ce_actor",
    "ce_seen",
)
_OPERATOR = str(OPERATOR).encode()
_GATEWAY = Service.GATEWAY.encode()


@dataclass(frozen=True, slots=True)
class CommandKeys:
    """The keys of commands, and those of the operator's commands. A sender without a key cannot sign."""

    commands: Sequence[bytes]
    operator: Sequence[bytes] = ()

    @staticmethod
    def of(commands: Iterable[str], operator: Iterable[str] = ()) -> CommandKeys:
        """The keys from their settings."""
        return CommandKeys([key.encode() for key in commands], [key.encode() for key in operator])

    def signed(self, topic: str, key: bytes, value: bytes, headers: Headers) -> Headers:
        """The headers with the MAC of the present key, if this is a command that we have a key for."""
        known = dict(headers)
        keys = self._keys_for(known)
        if not is_of_commands(topic) or not keys:
            return headers
        return [*headers, (MAC, _mac(keys[0], topic, key, value, known))]

    def are_behind(self, topic: str, key: bytes, value: bytes, headers: Iterable[tuple[str, bytes | None]]) -> bool:
        """Whether one of the keys has made the MAC of this record, whose type can be read."""
        known = {name: content for name, content in headers if content is not None}
        given = known.get(MAC, b"")
        return any(
            hmac.compare_digest(_mac(secret, topic, key, value, known), given) for secret in self._keys_for(known)
        )

    def _keys_for(self, headers: Mapping[str, bytes]) -> Sequence[bytes]:
        """The operator's keys for commands that only the operator may send, or that the gateway sends in his name."""
        model = message_class(headers.get("ce_type", b"").decode())
        if model is None or not issubclass(model, Command):
            return self.commands
        from_gateway = headers.get("ce_source", b"").removeprefix(b"/") == _GATEWAY
        by_operator = from_gateway and headers.get("ce_actor", b"").partition(b":")[0] == _OPERATOR
        return self.operator if model.only_by_operator or by_operator else self.commands


def is_of_commands(topic: str) -> bool:
    """Whether the records of a topic are commands."""
    return topic.endswith(f".{Command.suffix}")


def _mac(secret: bytes, topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes]) -> bytes:
    parts = [topic.encode(), key, value, *[headers.get(name, b"") for name in _SIGNED]]
    # The lengths come first: bytes that move from one part into the next make another MAC.
    lengths = b"".join([len(part).to_bytes(4, "big") for part in parts])
    return hmac.digest(secret, lengths + b"".join(parts), "sha256").hex().encode()
