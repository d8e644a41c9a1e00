"""Executes a program that dies with the process that started it, however abruptly that process ends.

Run as a script, so that it needs nothing but the standard library and starts in a moment:

    python -I -S die_with_parent.py SIGNAL PARENT USER PROGRAM [ARGUMENT ...]

SIGNAL is the number of the signal sent at the parent's death, PARENT the parent's process id, USER the user to switch
to ("-": none). Only Linux sends the signal; on other systems the program just runs.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>


def main(arguments: list[str]) -> None:
    """Switch the user, register the signal, execute the program."""
    signal_number, parent, user, *command = arguments
    if user != "-":
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        # After the switch of user, which resets the registration.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number))
        if os.getppid() != int(parent):
            sys.exit("The process that started this program has ended already.")
    os.execvp(command[0], command)  # noqa: S606 - executing another program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
