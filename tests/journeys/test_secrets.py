"""Proofs of an address cross the bus sealed, and no log line carries a proof or personal data."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
from structlog.testing import capture_logs

from telemetry.logs import LOGGABLE
from tests.support.journey import Journey, text_of

ADA, NIA = "ada@harbor.example", "nia@harbor.example"


def texts(value: object) -> Iterator[str]:
    """Yield every text in a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list() | tuple():
            for part in value:
                yield from texts(part)


def on_the_bus(journey: Journey) -> list[str]:
    records = [record for log in journey.bus.log.values() for record in log]
    headers = [value.decode() for record in records for _, value in record.headers if value is not None]
    return headers + [text for record in records for text in texts(orjson.loads(record.value or b"null"))]


def logged_values(lines: list[Any]) -> list[str]:
    return [str(value) for line in lines for field, value in line.items() if field in LOGGABLE]


async def test_a_code_and_its_link_are_never_in_the_clear_on_the_bus_or_in_a_log(journey: Journey) -> None:
    with capture_logs() as lines:
        await journey.open_agency(base=1)
        nia = journey.browser()
        response = await nia.join(NIA)
        assert response.status_code == 201, response.text
        wrong = await nia.post("/sessions", {"email": NIA, "code": "0000"})
        assert wrong.status_code == 401
        await journey.pass_time(70, step=10)
    code = journey.letterbox.code(NIA)
    [link] = {
        token for mail in journey.letterbox.to(NIA) for token in re.findall(r"/login/([\w-]{10,})", text_of(mail))
    }
    published, log_values = on_the_bus(journey), logged_values(lines)
    assert any(NIA in text for text in published), "the bus carries the address, so the search works"
    for text in (*published, *log_values):
        assert text != code
        assert link not in text
    for text in log_values:
        assert NIA not in text
        assert "Nia Novak" not in text


def test_no_loggable_field_could_carry_a_code_an_address_a_name_or_a_link() -> None:
    assert not LOGGABLE & {"code", "email", "mailbox", "address", "name", "link", "url", "token", "to", "sealed"}
