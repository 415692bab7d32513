"""Configuration, bootstrap, runtime loop, command line."""
