"""Real servers of the system's packages on loopback, each in a folder of its own."""
