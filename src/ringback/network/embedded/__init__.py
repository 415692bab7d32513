"""People and numbers that always exist, in one process, without a server."""
