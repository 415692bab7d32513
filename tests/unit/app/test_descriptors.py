"""How many files the process may have open."""

import resource

import pytest

from ringback.app.descriptors import MANY, allow_many

ENDLESS = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1024, 4096), (4096, 4096)),
        ((1024, 1 << 20), (MANY, 1 << 20)),
        ((1024, ENDLESS), (MANY, ENDLESS)),
        ((4096, 4096), None),
        ((1 << 20, ENDLESS), None),
        ((ENDLESS, ENDLESS), None),
    ],
)
def test_as_many_are_asked_for_as_are_to_be_had(monkeypatch, before, after):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _what: before)
    monkeypatch.setattr(resource, "setrlimit", lambda _what, limits: asked.append(limits))
    allow_many()
    assert asked == ([] if after is None else [after])


def test_a_system_that_says_no_is_believed(monkeypatch):
    def refuse(_what, _limits):
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, ENDLESS))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    allow_many()
