"""The keys of MACs that the tests' services share."""

from contracts.macs import CommandKeys
from transport.trust import Trust

COMMAND_KEY = "of-a-test-the-key-of-all-commands"
OPERATOR_COMMAND_KEY = "of-a-test-the-key-of-the-operators-commands"
TRUST = Trust(CommandKeys.of([COMMAND_KEY], [OPERATOR_COMMAND_KEY]))
KEYS_OF_COMMANDS = {
    "HEADCOUNT_COMMAND_KEYS": COMMAND_KEY,
    "HEADCOUNT_OPERATOR_COMMAND_KEYS": OPERATOR_COMMAND_KEY,
}
"""The same as a process reads them."""
