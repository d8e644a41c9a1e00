from uuid import UUID

from services.notifier.domain.message_id import mail_id, message_id

CAUSE, OTHER = UUID(int=1), UUID(int=2)


def test_the_message_id_of_a_cause_and_a_person_never_changes() -> None:
    """The id is written by hand: another derivation would mail everybody twice after a replay."""
    own_id = mail_id("seats_auto_added", CAUSE, OTHER)
    assert message_id(own_id, "mail.example") == "<ec62931c-0d7d-5053-8fab-c630d4238bb1@mail.example>"


def test_another_cause_person_or_mail_has_another_message_id() -> None:
    ids = {mail_id(kind, cause, who) for kind in ("a", "b") for cause in (CAUSE, OTHER) for who in (CAUSE, OTHER)}
    assert len(ids) == 8
