"""What the description says beyond its routes: links that lead somewhere, patterns that mean what the gateway does."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from services.gateway.api.schemas.api_keys import ApiKeyIn
from services.gateway.api.schemas.members import MemberChangeIn
from services.gateway.api.schemas.sign_in import LoginCodeIn, SessionIn
from services.gateway.domain.typed_words import typed_words
from tests.support.routes import described


def targets() -> dict[str, dict[str, Any]]:
    return {published["operationId"]: published for published in described().values()}


def links() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path} {status} {name}", link)
        for (method, path), published in described().items()
        for status, response in published["responses"].items()
        for name, link in response.get("links", {}).items()
    ]


@pytest.mark.parametrize(("name", "link"), links())
def test_a_link_names_a_call_and_its_parameters(name: str, link: dict[str, Any]) -> None:
    target = targets()[link["operationId"]]
    assert set(link.get("parameters", {})) <= {parameter["name"] for parameter in target.get("parameters", [])}
    if "requestBody" in link:
        assert "requestBody" in target


def test_every_202_links_to_its_operation() -> None:
    running = [
        (route, published["responses"]["202"])
        for route, published in described().items()
        if "Location" in published["responses"].get("202", {}).get("headers", {})
    ]
    assert len(running) > 10
    assert [route for route, response in running if "operation" not in response["links"]] == []


PATTERN = re.compile(ApiKeyIn.model_json_schema(by_alias=True)["properties"]["name"]["pattern"])


@pytest.mark.parametrize(
    "name",
    ["a", "  Payroll export ", "\tNoor\n", "\u00c9va \u00a0", "x" * 200, "\u202eeve", "a\0b", "\u0301"],
)
def test_words_that_the_description_allows_are_taken(name: str) -> None:
    assert PATTERN.search(name)
    assert ApiKeyIn(name=name).name == typed_words(name)


@pytest.mark.parametrize("name", ["", " \u00a0 ", "\0", "\x1f\n\x7f", "\u200b\u202e", "\u3164\ufe0f", "x" * 199 + "  "])
def test_text_that_the_description_does_not_allow_is_rejected(name: str) -> None:
    assert not PATTERN.search(name) or len(name) > 200
    with pytest.raises(ValidationError):
        ApiKeyIn(name=name)


def test_a_name_that_grows_when_it_is_composed_still_fits_the_bus() -> None:
    with pytest.raises(ValidationError, match="at most 200"):
        ApiKeyIn(name="\ufb2c" * 100)


@pytest.mark.parametrize("typed", [" 04 12", "04-12", "\u0660\u0664\u0661\u0662", "0412 is your sign-in code"])
def test_the_code_of_a_json_body_is_read_as_a_person_types_it(typed: str) -> None:
    assert SessionIn(email="a@clinic.example", code=typed).code == "0412"


@pytest.mark.parametrize("typed", ["041", "04123", "", "0412 or 1204", "0" * 300])
def test_text_that_holds_no_code_is_rejected(typed: str) -> None:
    with pytest.raises(ValidationError):
        SessionIn(email="a@clinic.example", code=typed)


@pytest.mark.parametrize("email", ["a\0b@clinic.example", "ab@clinic\x1f.example", "ab@clinic.exa\x7fmple"])
def test_the_description_rejects_an_address_with_a_control_character_too(email: str) -> None:
    assert not re.search(LoginCodeIn.model_json_schema(by_alias=True)["properties"]["email"]["pattern"], email)
    with pytest.raises(ValidationError):
        LoginCodeIn(email=email)


@pytest.mark.parametrize("body", ["{}", '{"role": null}', '{"role": "admin", "seatType": null}'])
def test_a_change_names_one_thing_and_no_null(body: str) -> None:
    with pytest.raises(ValidationError):
        MemberChangeIn.model_validate_json(body)


def test_the_description_says_so_too() -> None:
    published = MemberChangeIn.model_json_schema(by_alias=True)
    details = [{"required": [field]} for field in ("name", "seatType", "email")]
    assert published["oneOf"] == [{"required": ["role"]}, {"anyOf": details}]
    assert "null" not in str(published["properties"])
