"""SEARCH MISSEDCALLS had calls in the order in which they were missed until a restart, then by number."""

from support.replay import World


def test_missed_calls_are_listed_by_number_newest_first():
    world = World("ann", "bob", "carl")
    programs = {name: world.attach(name) for name in ("ann", "bob", "carl")}
    programs["bob"].ask("CALL carl")
    programs["ann"].ask("CALL carl")
    # The second one gives up first.
    programs["ann"].ask("ALTER CALL 1 HANGUP")
    programs["bob"].ask("ALTER CALL 1 HANGUP")
    assert programs["carl"].ask("SEARCH MISSEDCALLS") == "CALLS 2, 1"
    assert world.restart("carl").ask("SEARCH MISSEDCALLS") == "CALLS 2, 1"
