"""Without a window everything that a window would be asked for is granted, and nothing is shown."""

from ringback.app.headless import Headless
from support.replay import World


def test_programs_get_the_same_lines_without_a_window(monkeypatch):
    monkeypatch.setattr("support.replay.FakeDesktop", Headless)
    program = World().attach()
    for command, answer, news in (
        ("SET SILENT_MODE ON", "SILENT_MODE ON", ["SILENT_MODE ON"]),
        ("MINIMIZE", "MINIMIZE", ["WINDOWSTATE HIDDEN"]),
        ("FOCUS", "FOCUS", ["WINDOWSTATE NORMAL"]),
        ("SET WINDOWSTATE MAXIMIZED", "WINDOWSTATE MAXIMIZED", ["WINDOWSTATE MAXIMIZED"]),
        ("OPEN DIALPAD", "OPEN DIALPAD", []),
        ("OPEN OPTIONS video", "OPEN OPTIONS video", []),
        ("OPEN USERINFO bob", "OPEN USERINFO bob", []),
        ("GET CONTACTS_FOCUSED", "CONTACTS FOCUSED ", []),
    ):
        assert (program.ask(command), program.news()) == (answer, news)
