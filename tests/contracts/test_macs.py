"""The MAC of a command covers all that decides what happens, and only the right key makes it."""

from collections.abc import Callable
from uuid import UUID

import pytest

from contracts.envelope import Headers
from contracts.macs import MAC, CommandKeys
from contracts.members import ChangeRole
from contracts.members_agencies import AddAdmin
from contracts.message import Message
from contracts.vocabulary import OPERATOR, Actor, Role, SeatType, Service, member
from tests.support.bus import Sender

KEY, NEWER, OPERATORS = "a key of all commands", "a newer key of all commands", "a key of the operator's commands"
KEYS = CommandKeys.of([KEY], [OPERATORS])
AGENCY, ADA, IDA = (UUID(int=number) for number in (1, 2, 3))
CHANGE = ChangeRole(member_id=IDA, role=Role.ADMIN)
ADD = AddAdmin(
    invitation_id=UUID(int=4), email="eve@harbor.example", name="Eve Park", seat_type=SeatType.BASE, sealed="s"
)
Parts = tuple[str, bytes, bytes, Headers]


def parts(message: Message = CHANGE, actor: Actor | None = None) -> Parts:
    record = Sender().record(message, AGENCY, actor=actor or member(ADA))
    headers = [(name, value or b"") for name, value in record.headers]
    return record.topic, record.key or b"", record.value or b"", headers


def signed(keys: CommandKeys, record: Parts) -> Parts:
    return *record[:3], keys.signed(*record)


def changed(record: Parts, name: str, value: bytes) -> Parts:
    return *record[:3], [(header, value if header == name else old) for header, old in record[3]]


def test_a_command_is_behind_the_key_that_signed_it() -> None:
    assert KEYS.are_behind(*signed(KEYS, parts()))
    assert not KEYS.are_behind(*parts())
    assert not KEYS.are_behind(*signed(CommandKeys.of([NEWER], [OPERATORS]), parts()))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: ("seats.commands", *record[1:]),
        lambda record: (record[0], str(UUID(int=9)).encode(), *record[2:]),
        lambda record: (*record[:2], record[2].replace(b"admin", b"clinician"), record[3]),
        lambda record: changed(record, "ce_sequence", b"2"),
        lambda record: changed(record, "ce_actor", f"member:{IDA}".encode()),
        lambda record: changed(record, "ce_type", b"members.remove.v1"),
        lambda record: changed(record, "ce_source", b"/seats"),
        lambda record: changed(record, "ce_seen", b'{"seats.events":9}'),
        lambda record: changed(record, "ce_correlationid", str(IDA).encode()),
        lambda record: changed(record, MAC, b""),
        lambda record: (*record[:3], [*record[3], ("ce_actor", b"anyone")]),
    ],
)
def test_whatever_is_changed_in_a_signed_command_breaks_its_mac(change: Callable[[Parts], Parts]) -> None:
    record = signed(KEYS, parts())
    assert change(record) != record
    assert not KEYS.are_behind(*change(record))


def test_a_byte_that_moves_from_one_part_to_the_next_breaks_the_mac() -> None:
    topic, key, value, headers = signed(KEYS, parts())
    assert not KEYS.are_behind(topic, key + value[:1], value[1:], headers)


def test_a_trace_and_headers_of_others_are_not_covered() -> None:
    topic, key, value, headers = signed(KEYS, parts())
    assert KEYS.are_behind(topic, key, value, [*headers, ("traceparent", b"00-1-2-01"), ("of-a-mirror", b"x")])


def test_keys_rotate_without_a_command_that_is_not_believed() -> None:
    first, both, last = CommandKeys.of([KEY]), CommandKeys.of([NEWER, KEY]), CommandKeys.of([NEWER])
    assert both.are_behind(*signed(first, parts()))
    assert both.are_behind(*signed(both, parts()))
    assert last.are_behind(*signed(both, parts()))
    assert not last.are_behind(*signed(first, parts()))


@pytest.mark.parametrize("record", [parts(ADD, OPERATOR), parts(ADD), parts(CHANGE, OPERATOR)])
def test_what_only_the_operator_may_do_takes_the_operators_key(record: Parts) -> None:
    assert KEYS.are_behind(*signed(KEYS, record))
    with_the_other_key = CommandKeys.of([KEY], [KEY])
    assert not KEYS.are_behind(*signed(with_the_other_key, record))
    without = CommandKeys.of([KEY])
    assert without.signed(*record) == record[3], "nobody signs without a key"


def test_an_event_bears_no_mac() -> None:
    _, key, value, headers = parts()
    assert KEYS.signed(f"{Service.MEMBERS}.events", key, value, headers) == headers


@pytest.mark.parametrize("type_", [b"members.unheard_of.v1", b"members.activated.v1"])
def test_the_key_of_all_commands_is_behind_what_is_no_command_that_is_known(type_: bytes) -> None:
    record = changed(parts(), "ce_type", type_)
    assert KEYS.are_behind(*signed(KEYS, record))
    assert not KEYS.are_behind(*signed(CommandKeys.of([OPERATORS], [KEY]), record))
