"""The generated reference holds all that is declared, and says what is not available yet."""

import json
import re
from html.parser import HTMLParser

from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.tools.make_reference import as_json, html, text
from ringback.tools.reference_text import about

DATA = json.loads(as_json())


def test_the_text_has_every_name_and_meaning():
    said = re.sub(r"\s+", " ", text())
    for kind in LANGUAGE.objects:
        for part in (*kind.properties, *kind.actions):
            assert part.meaning in said
        for p in kind.properties:
            assert f" {p.name} <" in said
        for a in kind.actions:
            assert f"ALTER {kind.word} <id> {a.word}" in said
    for setting in LANGUAGE.settings:
        assert f" {setting.property.name} <" in said
    for search in LANGUAGE.searches:
        assert f"SEARCH {search.word}" in said
    for command in LANGUAGE.commands:
        assert " ".join(command.words) in said
    for number, error in TEXTS.items():
        assert f"{number} {error}" in said


def test_what_is_pending_is_marked_and_nothing_else():
    for kind in DATA["objects"]:
        declared = LANGUAGE.object_by_word[kind["word"]]
        assert {p["name"] for p in kind["properties"] if p["pending"]} == {
            p.name for p in declared.properties if p.unfinished
        }
        assert {a["name"] for a in kind["actions"] if a["pending"]} == {
            a.word for a in declared.actions if a.act is None
        }
    assert {c["name"] for c in DATA["commands"] if c["pending"]} == {
        " ".join(c.words) for c in LANGUAGE.commands if c.act is None
    }
    assert "HANGUP: end it, refuse it or give it up (since protocol 5; line 416)" in text()


def test_an_answer_that_is_no_echo_is_shown():
    answers = {
        f"{kind['word']} {a['name']}": a["answer"] for kind in DATA["objects"] for a in kind["actions"]
    }
    assert answers["CALL HANGUP"] == "ALTER CALL <id> HANGUP"
    assert answers["CHAT SETTOPIC"] == "ALTER CHAT SETTOPIC"
    assert answers["CHAT BOOKMARK"] == "ALTER CHAT <id> BOOKMARKED TRUE"
    assert answers["CHATMEMBER CANSETROLETO"] == "ALTER CHATMEMBER CANSETROLETO TRUE|FALSE"
    assert answers["APPLICATION WRITE"] == "ALTER APPLICATION <id> WRITE <stream>"
    assert answers["APPLICATION READ"] == "ALTER APPLICATION <id> READ <stream> <text>"


def test_numbers_stand_by_fault_and_by_number():
    call = next(kind for kind in DATA["objects"] if kind["word"] == "CALL")
    assert call["faults"]["no such object"] == {"GET": 12, "SET": 20, "ALTER": 556}
    group = next(kind for kind in DATA["objects"] if kind["word"] == "GROUP")
    assert [group["faults"][fault]["ALTER"] for fault in ("missing id", "malformed id")] == [1, 18]
    assert DATA["errors"]["6"]["when"] == ["SEARCH MISSEDCALLS: a target was given"]
    assert DATA["errors"]["17"]["when"] == []


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links = [], [], []
        self.feed(html())
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_its_links_lead_somewhere():
    page = Page()
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert {f"error-{number}" for number in TEXTS} <= set(page.ids)


def test_help_finds_objects_actions_values_and_numbers():
    assert about("HANGUP").startswith("CALL\n    ALTER CALL <id> HANGUP: end it")
    assert "Errors by fault" in about("CALL")
    assert "CALL <target>" in about("CALL")
    assert "REDIAL_PENDING" in about("REDIAL_PENDING")
    assert "Unknown call" in about("12")
    assert about("NONSENSE") == "nothing is called NONSENSE"


def test_a_search_that_waits_for_the_network_says_so():
    lines = text()
    users = lines[lines.index("SEARCH USERS <target>") :].split("SEARCH FRIENDS")[0]
    assert "answered when the network has looked" in users
    assert "always empty yet" not in users
