"""The journey of a first login as most projects would build it, three times; README.md lists what each omits."""
