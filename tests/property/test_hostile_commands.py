"""Whatever a program says: one answer, no internal error, nothing reported, the engine goes on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.protocol.registry import LANGUAGE
from support.replay import World

WORLD = World()
PROGRAMS = {version: WORLD.attach(protocol=version) for version in (1, 2, 5, 8)}
REPORTED: list[Exception] = []
WORLD.runtimes["me"].dispatcher._report = lambda error, _command: REPORTED.append(error)

WORDS = sorted(
    {
        "GET",
        "SET",
        "ALTER",
        "SEARCH",
        "NAME",
        "PROTOCOL",
        "PING",
        "#1",
        "echo123",
        "1",
        "+37255",
        '"',
        "TRUE",
        "ON",
    }
    | set(LANGUAGE.object_by_word)
    | set(LANGUAGE.setting_by_word)
    | {p.name for o in LANGUAGE.objects for p in o.properties}
    | {a.word for o in LANGUAGE.objects for a in o.actions}
    | {w for c in LANGUAGE.commands for w in c.words}
)
SENSIBLE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
NONSENSE = st.text(max_size=60)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from([1, 2, 5, 8]), st.one_of(SENSIBLE, NONSENSE))
def test_every_command_has_one_answer(version, text):
    program = PROGRAMS[version]
    program.link.lines.clear()
    command = f"#h {text}"
    # ROUTE files are not opened on behalf of nonsense: no word of the list is a path.
    program.link.send(command)
    answers = [line for line in program.link.lines if line.startswith("#h ")]
    assert len(answers) == 1, (text, program.link.lines)
    assert not answers[0].startswith("#h ERROR 9901 Internal"), text
    assert REPORTED == []
    WORLD.wait(0.02)
