"""Jingle without a network: calls over XMPP as a machine that neither sends, waits nor looks at a clock.

Hand it what comes (elements of ``xml.etree``, with the sender's address as the server says it), what the
user wants, and the time; it gives what to send and what happened. Nothing here knows Ringback, a library of
XMPP or one of media.

    endpoint = Endpoint("alice@example.org/ringback", new_id)

Calling. ``call`` is a name that the caller of these functions chooses:

    endpoint.place(call, "bob@example.org", now)        SendMessage: propose
    endpoint.message(sender, element, now, to)          Rings, then OfferWanted: a device of Bob is ready
    endpoint.offer(call, description, now)              SendIq: session-initiate
    endpoint.iq(sender, id, element, now)               SendResult, AnswerCame, Established

Being called. The event brings the name of the call:

    endpoint.message(sender, element, now, to)          Offered (or from ``iq``: who does not announce calls)
    endpoint.ring(call, now); endpoint.answer(call, now)
    endpoint.iq(sender, id, element, now)               AnswerWanted (at once, if it came before)
    endpoint.accept(call, description, now)             SendIq: session-accept; Established

While it talks: ``candidates``, ``hold``, ``mute``, ``keys``, and the events CandidatesCame, Held, Resumed,
Muted, KeyPressed. It ends with ``end`` (in every state: hang up, give up, refuse) or by the other side;
either way exactly one Over comes, with an Outcome. A wish for a call that is over does nothing.

What the caller of these functions has to do:

- give stanzas to ``iq`` and ``message`` in the order in which they came, those from carbons with the
  addresses that are inside (an own sender for what own devices sent), never those of the archive;
- give the answer to each SendIq, and the bounce of a SendMessage, to ``answered``;
- call ``advance`` at ``next_deadline``; call ``link_lost`` when a link ended that cannot be resumed, and
  begin with a new Endpoint at the next;
- when both sides call each other at once, expect AnswerWanted instead of OfferWanted for the own call.

Beside it: ``services_request`` and ``services_of`` (STUN and TURN of the server, XEP-0215), ``to_sdp`` and
``from_sdp``, FEATURES for service discovery, and the types of descriptions. docs/explanation/jingle.md tells
how sessions behave and what is refused.
"""

from ringback.jingle.checks import MalformedError
from ringback.jingle.description import (
    Candidate,
    Content,
    Description,
    Feedback,
    Fingerprint,
    Group,
    HeaderExtension,
    Parameter,
    PayloadType,
    Role,
    Rtp,
    Senders,
    Setup,
    Source,
    SourceGroup,
    Transport,
)
from ringback.jingle.endpoint import Endpoint
from ringback.jingle.namespaces import FEATURES
from ringback.jingle.outputs import (
    AnswerCame,
    AnswerWanted,
    CandidatesCame,
    Established,
    Event,
    Held,
    KeyPressed,
    Muted,
    Offered,
    OfferWanted,
    Output,
    Over,
    Resumed,
    Rings,
    SendError,
    SendIq,
    SendMessage,
    SendResult,
)
from ringback.jingle.reasons import Outcome, Reason
from ringback.jingle.sdp import from_sdp, to_sdp
from ringback.jingle.services import Service, services_of, services_request
from ringback.jingle.stanzas import is_announcement

__all__ = [
    "FEATURES",
    "AnswerCame",
    "AnswerWanted",
    "Candidate",
    "CandidatesCame",
    "Content",
    "Description",
    "Endpoint",
    "Established",
    "Event",
    "Feedback",
    "Fingerprint",
    "Group",
    "HeaderExtension",
    "Held",
    "KeyPressed",
    "MalformedError",
    "Muted",
    "OfferWanted",
    "Offered",
    "Outcome",
    "Output",
    "Over",
    "Parameter",
    "PayloadType",
    "Reason",
    "Resumed",
    "Rings",
    "Role",
    "Rtp",
    "SendError",
    "SendIq",
    "SendMessage",
    "SendResult",
    "Senders",
    "Service",
    "Setup",
    "Source",
    "SourceGroup",
    "Transport",
    "from_sdp",
    "is_announcement",
    "services_of",
    "services_request",
    "to_sdp",
]
