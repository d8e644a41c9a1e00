from uuid import UUID

from services.notifier.domain.message_id import mail_id, message_id

CAUSE, OTHER = UUID(int=1), UUID(int=2)


def test_one_cause_and_person_have_one_message_id_for_ever() -> None:
    """Written down by hand: a change of the derivation would mail everybody twice after a replay."""
    own_id = mail_id("seats_auto_added", CAUSE, OTHER)
    assert message_id(own_id, "mail.example") == "<ec62931c-0d7d-5053-8fab-c630d4238bb1@mail.example>"


def test_another_cause_person_or_mail_has_another_message_id() -> None:
    ids = {mail_id(kind, cause, who) for kind in ("a", "b") for cause in (CAUSE, OTHER) for who in (CAUSE, OTHER)}
    assert len(ids) == 8
