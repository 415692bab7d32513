"""One file for each command of ``ringback``: its options, its help, its exit codes; the work is elsewhere.

A file is found by its name (``TABLE`` in ``ringback.app.command_line``) and holds
a click command ``command``.
"""
