"""Errors of stanzas as Jingle says them (XEP-0166, section 10)."""

from __future__ import annotations

from enum import Enum, unique
from xml.etree.ElementTree import Element, SubElement

from ringback.jingle.elements import split
from ringback.jingle.namespaces import JINGLE_ERRORS, STANZAS


@unique
class Fault(Enum):
    """What is wrong with a request: type of the error, condition, Jingle's own condition."""

    MALFORMED = ("modify", "bad-request", "")
    UNKNOWN_SESSION = ("cancel", "item-not-found", "unknown-session")
    OUT_OF_ORDER = ("wait", "unexpected-request", "out-of-order")
    TIE_BREAK = ("cancel", "conflict", "tie-break")
    UNSUPPORTED_INFO = ("cancel", "feature-not-implemented", "unsupported-info")
    NOT_IMPLEMENTED = ("cancel", "feature-not-implemented", "")
    TOO_MANY = ("wait", "resource-constraint", "")


def error_element(fault: Fault) -> Element:
    """``<error/>``, without a namespace: it must be given that of the stream that it is sent on."""
    kind, condition, own = fault.value
    error = Element("error", {"type": kind})
    SubElement(error, f"{{{STANZAS}}}{condition}")
    if own:
        SubElement(error, f"{{{JINGLE_ERRORS}}}{own}")
    return error


def conditions_of(error: Element) -> tuple[str, str]:
    """The condition and Jingle's own one; empty where there is none."""
    condition = own = ""
    for child in list(error)[:8]:
        if not isinstance(child.tag, str):
            continue
        namespace, name = split(child.tag)
        if namespace == STANZAS and name != "text":
            condition = condition or name
        elif namespace == JINGLE_ERRORS:
            own = own or name
    return condition, own
