"""Adapters to networks of people."""
