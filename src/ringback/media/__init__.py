"""Sound: legs, routes, files, TCP ports."""
