"""A leash: becomes the given program, which then dies with whoever started it, however abruptly that ends.

Run as a script, so that it needs nothing but the standard library and starts in a moment:

    python -I -S die_with_parent.py SIGNAL PARENT USER PROGRAM [ARGUMENT ...]

SIGNAL is the number sent at the parent's death, PARENT its process id, USER whom to become first ("-": nobody else).
Only Linux can promise the leash itself; elsewhere the program simply runs.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>


def main(arguments: list[str]) -> None:
    """Become the user, put the leash on, become the program."""
    signal_number, parent, user, *command = arguments
    if user != "-":
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        # After the change of user, which takes the leash off.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number))
        if os.getppid() != int(parent):
            sys.exit("Whoever asked for this program is gone already.")
    os.execvp(command[0], command)  # noqa: S606 - becoming another program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
