"""The command line names missing settings and prints what each command did."""

import asyncio
import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from contracts.seats import AutoAddSet
from contracts.vocabulary import Service
from database.postgres import connect
from hosting.replay import Progress
from services.cli.commands import app
from services.cli.environment import dsn_of
from services.cli.replay_progress import rest_of
from tests.support.bus import Sender
from tests.support.keys import KEYS_OF_COMMANDS
from tests.support.one_service import PASSWORD

RUN = CliRunner()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSTGRES", "PASSWORD", "KAFKA"):
        monkeypatch.delenv(f"HEADCOUNT_{name}", raising=False)


@pytest.mark.parametrize("service", list(Service))
def test_a_service_without_its_settings_stops_and_names_each_missing_setting(service: Service) -> None:
    stopped = RUN.invoke(app, ["run", service.value])
    assert stopped.exit_code == 2
    for name in ("POSTGRES", "PASSWORD", "KAFKA"):
        assert f"Setting HEADCOUNT_{name}: is not set." in stopped.output


def test_a_wrong_setting_is_named_with_the_expected_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", "localhost:5432")
    stopped = RUN.invoke(app, ["run", "members"])
    assert "Setting HEADCOUNT_POSTGRES: " in stopped.output
    assert "postgresql://host:port/database" in stopped.output


def test_a_second_migrate_does_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", database)
    for service in Service:
        monkeypatch.setenv(f"HEADCOUNT_PASSWORD_{service.upper()}", PASSWORD)
    first, second = RUN.invoke(app, ["migrate"]), RUN.invoke(app, ["migrate"])
    assert first.exit_code == second.exit_code == 0
    assert "members: schema made" in first.output
    assert second.output == "Nothing to do: every schema is up to date.\n"


def test_deferred_messages_are_listed_and_replay_counts_what_it_publishes_again(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    monkeypatch.setenv("HEADCOUNT_PASSWORD", PASSWORD)
    assert RUN.invoke(app, ["deferred", "list", "seats"]).output == "Nothing is deferred.\n"
    assert RUN.invoke(app, ["deferred", "show", "seats", "7"]).exit_code == 2
    assert RUN.invoke(app, ["replay", "seats"]).output == "seats: 0 messages will be published again.\n"


async def test_a_refused_message_is_listed_shown_tried_again_and_discarded(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    monkeypatch.setenv("HEADCOUNT_PASSWORD", PASSWORD)

    async def run(*arguments: str) -> tuple[int, str]:
        result = await asyncio.to_thread(RUN.invoke, app, ["refused", *arguments])
        return result.exit_code, result.output

    assert await run("list", "seats") == (0, "Nothing is refused.\n")
    agency = uuid4()
    db = await connect(dsn_of(Service.SEATS), Service.SEATS)
    headers = Sender().record(AutoAddSet(enabled=True), agency).headers
    stored = json.dumps({name: (value or b"").decode() for name, value in headers})
    number = await db.fetchval(
        "WITH stored AS (INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)"
        " VALUES ($1, 'seats.events', 'seats.auto_add_set.v1', 1, $2, '{\"enabled\":true}', now()) RETURNING id),"
        " sent AS (INSERT INTO unsent (id) SELECT id FROM stored)"
        " INSERT INTO refused_records (agency_id, replayed, id, reason)"
        " SELECT $1, false, id, 'MessageSizeTooLargeError' FROM stored RETURNING id",
        agency,
        stored,
    )
    code, listed = await run("list", "seats")
    assert code == 0
    assert [cell in listed for cell in (str(agency), "waits", "MessageSizeTooLargeError")] == [True] * 3
    [row] = json.loads((await run("list", "seats", "--json"))[1])["rows"]
    assert (row["number"], row["agency"], row["type"]) == (number, str(agency), "seats.auto_add_set.v1")
    code, shown = await run("show", "seats", str(number))
    assert shown.startswith("seats.events: MessageSizeTooLargeError, 16 bytes of data")
    assert await run("retry", "seats") == (0, "seats tries them again now.\n")
    assert len((await run("retry"))[1].splitlines()) == len(Service), "without a name, all five"
    assert await run("discard", "seats", str(number)) == (0, "Discarded.\n")
    assert await db.fetchval("SELECT data FROM outbox WHERE id = $1", number) == "{}"
    await db.close()
    for command in ("show", "discard"):
        assert await run(command, "seats", str(number + 1)) == (2, f"Kafka refuses no message {number + 1} of seats.\n")


def test_replay_without_a_name_replays_all_five_services(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    monkeypatch.setenv("HEADCOUNT_PASSWORD", PASSWORD)
    published = RUN.invoke(app, ["replay"])
    assert published.output.splitlines() == [f"{service}: 0 messages will be published again." for service in Service]


def test_a_replay_is_shown_paused_and_continued(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    monkeypatch.setenv("HEADCOUNT_PASSWORD", PASSWORD)
    shown = RUN.invoke(app, ["replay", "seats", "--continue"])
    assert shown.exit_code == 0
    assert "seats" in shown.output
    assert "done" in shown.output
    assert RUN.invoke(app, ["replay", "seats", "--rate", "20001"]).exit_code == 2
    assert RUN.invoke(app, ["replay", "seats", "--rate", "0", "--continue", "--no-watch"]).output == ""


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Progress(0, 0), "done"),
        (Progress(3, 0), "paused"),
        (Progress(1_000_001, 1000), "at least 0:16:41 left at 1,000 a second"),
    ],
)
def test_what_is_left_of_a_replay_is_in_words(now: Progress, words: str) -> None:
    assert rest_of(now) == words


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (["replay", "--to", "members"], "restore its database from a backup", 2),
        (["replay", "seats", "--to", "gateway"], "--to takes neither", 2),
        (["replay", "--to", "gateway"], "Kafka does not answer", 1),
    ],
)
def test_only_the_gateway_can_be_rebuilt_and_only_as_a_whole_and_with_the_bus(
    arguments: list[str], sentence: str, code: int, migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADCOUNT_POSTGRES", migrated)
    monkeypatch.setenv("HEADCOUNT_PASSWORD", PASSWORD)
    monkeypatch.setenv("HEADCOUNT_KAFKA", "127.0.0.1:1")
    for name, value in KEYS_OF_COMMANDS.items():
        monkeypatch.setenv(name, value)
    failed = RUN.invoke(app, arguments)
    assert (failed.exit_code, sentence in failed.output) == (code, True), failed.output


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["migrate"],
        ["provision"],
        ["acls"],
        ["replay"],
        ["deferred"],
        ["deferred", "resume"],
        ["refused"],
        ["refused", "discard"],
        ["agency"],
        ["agency", "add-admin"],
    ],
)
def test_every_command_has_a_help_of_more_than_eight_lines(command: list[str]) -> None:
    printed = RUN.invoke(app, [*command, "--help"]).output
    assert len(printed.splitlines()) > 8


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("http://127.0.0.1:1", "does not answer (ConnectError)"), ("nonsense", "does not answer (UnsupportedProtocol)")],
)
def test_a_command_fails_and_names_the_gateway_that_does_not_respond(
    url: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["agency", "add-admin", "--agency", str(uuid4()), "--email", "eve@elsewhere.example", "--name", "Eve"]
    monkeypatch.delenv("HEADCOUNT_OPERATOR_KEY", raising=False)
    monkeypatch.setenv("HEADCOUNT_PUBLIC_URL", url)
    unset = RUN.invoke(app, arguments)
    assert (unset.exit_code, "HEADCOUNT_OPERATOR_KEY" in unset.output) == (2, True)
    monkeypatch.setenv("HEADCOUNT_OPERATOR_KEY", "operator-key-of-a-test")
    away = RUN.invoke(app, arguments)
    assert (away.exit_code, sentence in away.output) == (1, True)


def test_asyncapi_prints_the_whole_document() -> None:
    printed = json.loads(RUN.invoke(app, ["asyncapi"]).output)
    assert printed["asyncapi"].startswith("3.")
