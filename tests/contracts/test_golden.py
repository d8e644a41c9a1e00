"""Published messages stay readable: each message against its golden file."""

import json

import pytest
from pydantic import BaseModel, ValidationError

from contracts.envelope import Envelope
from contracts.every_message import every_message
from contracts.topics import TOPICS
from contracts.vocabulary import ActorKind, Service
from tests.contracts.golden import (
    FOLDER,
    closed_sets,
    exactly,
    golden,
    golden_names,
    has_golden,
    hidden_fields,
    models,
    required_only,
    with_more,
)

every_model = pytest.mark.parametrize(("name", "model"), sorted(models().items()))
each_message = pytest.mark.parametrize("name", sorted(every_message()))


@every_model
def test_every_type_of_message_has_a_golden_file(name: str, model: type[BaseModel]) -> None:
    assert has_golden(name), (
        f"{name} is new: write tests/contracts/golden/{name}.json by hand, as golden/README.md says, "
        "so that no later change makes published messages unreadable."
    )


def test_no_type_of_message_disappears() -> None:
    gone = sorted(golden_names() - models().keys())
    assert not gone, f"{gone} may still be in a topic or an outbox: keep their classes, and publish a .v2 beside them."


@every_model
def test_a_published_message_is_read_and_written_again_exactly(name: str, model: type[BaseModel]) -> None:
    published = golden(name).data
    read = model.model_validate_json(json.dumps(published))
    assert exactly(json.loads(read.model_dump_json())) == exactly(published)


@every_model
def test_a_field_that_a_sender_may_leave_out_stays_optional_and_no_other_becomes_so(
    name: str, model: type[BaseModel]
) -> None:
    published = golden(name)
    model.model_validate_json(json.dumps(published.least))
    assert exactly(required_only(model, published.data)) == exactly(published.least)


@every_model
def test_a_golden_file_shows_every_field(name: str, model: type[BaseModel]) -> None:
    hidden = list(hidden_fields(model, golden(name).data))
    assert not hidden, f"{name}: give {hidden} a value in golden/{name}.json, in `data` and not in `least`."


@every_model
def test_an_older_reader_ignores_a_field_that_was_added_later(name: str, model: type[BaseModel]) -> None:
    published = golden(name).data
    later = model.model_validate_json(json.dumps(with_more(published)))
    assert later == model.model_validate_json(json.dumps(published))


@every_model
def test_a_message_cannot_be_changed_once_it_is_made(name: str, model: type[BaseModel]) -> None:
    read = model.model_validate_json(json.dumps(golden(name).data))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(read, next(iter(model.model_fields), "anything"), None)


@each_message
def test_a_message_stays_on_its_topic_with_its_outcomes(name: str) -> None:
    published, model = golden(name), every_message()[name]
    assert (model.topic, list(model.outcomes)) == (published.topic, published.outcomes)
    assert published.topic in {topic.name for topic in TOPICS}


@each_message
def test_the_outcomes_of_a_command_are_messages_of_its_owner(name: str) -> None:
    model = every_message()[name]
    assert all(every_message()[outcome].owner is model.owner for outcome in model.outcomes)


@each_message
def test_a_published_envelope_is_read_and_written_again_exactly(name: str) -> None:
    published = golden(name)
    assert published.headers is not None
    read = Envelope.read(
        published.key.encode(), [(header, value.encode()) for header, value in published.headers.items()]
    )
    assert {header: value.decode() for header, value in read.headers()} == published.headers
    assert read.type == name


def test_no_value_of_a_closed_set_changes_unnoticed() -> None:
    known = json.loads((FOLDER / "vocabulary.json").read_text())
    today: dict[str, list[str]] = {"ActorKind": list(ActorKind), "Service": list(Service)}
    for name, model in models().items():
        today |= closed_sets(name, model)
    for name, values in known.items():
        gone = sorted(set(values) - set(today.get(name, [])))
        assert not gone, f"{name} lost {gone}: messages that contain them would become unreadable."
    new = {name: sorted(set(values) - set(known.get(name, []))) for name, values in today.items()}
    unlisted = {name: values for name, values in new.items() if values}
    assert not unlisted, f"First deploy the services that read {unlisted}, then add them to golden/vocabulary.json."
