"""Declarations of commands that are not GET, SET or ALTER of an object."""
