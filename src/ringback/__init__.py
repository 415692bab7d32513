"""Ringback: an engine that answers the Skype Desktop API."""

__version__ = "0.1.0.dev0"
