"""Accounts on XMPP servers, by slixmpp; its types and exceptions stay in here."""
