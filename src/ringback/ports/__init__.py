"""Interfaces to the world: network, media, store, clock. No implementation lives here."""
