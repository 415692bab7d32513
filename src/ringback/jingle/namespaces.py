"""Names of the XMPP extensions that calls need."""

from __future__ import annotations

from typing import Final

#: XEP-0166, Jingle, and its conditions of errors.
JINGLE: Final = "urn:xmpp:jingle:1"
JINGLE_ERRORS: Final = "urn:xmpp:jingle:errors:1"
#: XEP-0167, RTP sessions, and what is said about them on the way.
RTP: Final = "urn:xmpp:jingle:apps:rtp:1"
RTP_AUDIO: Final = "urn:xmpp:jingle:apps:rtp:audio"
RTP_VIDEO: Final = "urn:xmpp:jingle:apps:rtp:video"
RTP_INFO: Final = "urn:xmpp:jingle:apps:rtp:info:1"
#: XEP-0293, feedback about RTP.
FEEDBACK: Final = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"
#: XEP-0294, header extensions of RTP.
EXTENSIONS: Final = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"
#: XEP-0339, attributes of single sources.
SOURCES: Final = "urn:xmpp:jingle:apps:rtp:ssma:0"
#: XEP-0338, contents that share a transport.
GROUPING: Final = "urn:xmpp:jingle:apps:grouping:0"
#: XEP-0176, ICE over UDP.
ICE: Final = "urn:xmpp:jingle:transports:ice-udp:1"
#: XEP-0320, DTLS.
DTLS: Final = "urn:xmpp:jingle:apps:dtls:0"
#: XEP-0353, a call announced by messages.
MESSAGE: Final = "urn:xmpp:jingle-message:0"
#: XEP-0181, keypad tones.
DTMF: Final = "urn:xmpp:jingle:dtmf:0"
#: XEP-0215, services outside of XMPP.
SERVICES: Final = "urn:xmpp:extdisco:2"
#: RFC 6120, conditions of stanza errors.
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"

#: What an account that speaks this package announces of itself (XEP-0030), for others to know that it can be
#: called: they look for these names before they offer a call. XEP-0181 is understood and not announced: keys
#: are heard as tones, and whoever found its name might send them in words alone.
FEATURES: Final = (
    JINGLE,
    RTP,
    RTP_AUDIO,
    ICE,
    DTLS,
    FEEDBACK,
    EXTENSIONS,
    SOURCES,
    GROUPING,
    MESSAGE,
)
