"""A process that Postgres rejects ends with a sentence instead of trying for ever."""

import pytest
from pydantic import SecretStr

from hosting.process import Process
from hosting.settings import ServiceSettings
from tests.support.one_service import PASSWORD
from tests.support.sample_service import sample_service

KEY = SecretStr("a key of a test that is long enough to be one")


@pytest.mark.parametrize(("database", "password"), [("", "wrong"), ("-that-is-not-there", PASSWORD)])
async def test_a_wrong_password_or_database_is_named_and_ends_the_process(
    migrated: str, database: str, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServiceSettings(
        postgres=f"{migrated}{database}", password=SecretStr(password), kafka="localhost:9", command_keys=KEY
    )
    with pytest.raises(SystemExit) as ended:
        await Process(sample_service(), settings).open()
    assert ended.value.code == 2
    assert "See HEADCOUNT_POSTGRES and HEADCOUNT_PASSWORD." in capsys.readouterr().err
