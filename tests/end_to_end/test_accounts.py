"""Accounts that come while the engine runs: whole ones, or none."""

import json
import os

from support.daemon import Daemon, SocketProgram, outcome_on


def test_an_account_is_added_to_the_running_engine(tmp_path):
    assert outcome_on(tmp_path, "accounts") == (0, "", "")
    none = outcome_on(tmp_path, "accounts", "add", "bob")
    assert (none[0], none[1]) == (3, "")
    with Daemon(tmp_path, "--no-dbus", "--tcp", "127.0.0.1:0", "--speed", "8") as daemon:
        me = SocketProgram(tmp_path)
        added = outcome_on(tmp_path, "accounts", "add", "Bob")
        assert added == (0, f"listening unix {tmp_path}/bob/api.sock\n", "")
        bob = SocketProgram(tmp_path, "bob")
        assert bob.ask("GET CURRENTUSERHANDLE") == "CURRENTUSERHANDLE bob"
        # Both live in one world.
        me.ask("CALL bob")
        bob.until("CALL 1 STATUS RINGING")
        assert bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
        me.until("CALL 1 STATUS INPROGRESS")
        me.ask("ALTER CALL 1 HANGUP")
        # Its token is good on the port that was there before.
        over_tcp = outcome_on(tmp_path, "send", "--via", "tcp", "--account", "bob", "GET CURRENTUSERHANDLE")
        assert over_tcp == (0, "CURRENTUSERHANDLE bob\n", "")
        assert outcome_on(tmp_path, "accounts") == (0, "bob  runs, 1 program\nme  runs, 1 program\n", "")
        for again in ("bob", "BOB", "me"):
            code, _, errors = outcome_on(tmp_path, "accounts", "add", again)
            assert (code, errors) == (1, f"ringback: account {again} runs already\n")
        for program in (me, bob):
            program.close()
        assert daemon.end() == (0, "")
        assert not list(tmp_path.glob("*/api.sock"))
    listed = json.loads(outcome_on(tmp_path, "accounts", "--json")[1])
    nothing = {"running": False, "signed_in": False, "programs": 0}
    assert listed == [{"account": name, **nothing} for name in ("bob", "me")]
    with Daemon(tmp_path, "--no-dbus") as daemon:
        assert len(daemon.said) == 2, "it is there at the next start"


def test_what_the_file_tells_is_said(tmp_path):
    outcome_on(tmp_path, "config", "set", "accounts", "me")
    with Daemon(tmp_path, "--no-dbus"):
        code, _, errors = outcome_on(tmp_path, "accounts", "add", "bob")
    assert code == 0
    assert errors.endswith("ringback config set accounts me bob\n")


def test_an_account_that_cannot_be_opened_is_not_there(tmp_path):
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob/account.sqlite").write_text("no database " * 500)
    with Daemon(tmp_path, "--no-dbus", "--account", "me") as daemon:
        code, said, errors = outcome_on(tmp_path, "accounts", "add", "bob")
        assert (code, said) == (1, "")
        assert "bob/account.sqlite" in errors
        assert outcome_on(tmp_path, "accounts")[1] == "bob  does not run\nme  runs, no programs\n"
        (tmp_path / "bob/account.sqlite").unlink()
        assert outcome_on(tmp_path, "accounts", "add", "bob")[0] == 0
        # Nor one whose socket cannot be made.
        (tmp_path / "eve/api.sock").mkdir(parents=True)
        assert outcome_on(tmp_path, "accounts", "add", "eve")[0] == 1
        assert "eve  does not run" in outcome_on(tmp_path, "accounts")[1]
        assert outcome_on(tmp_path, "send", "PING")[1] == "PONG\n"
        assert daemon.end() == (0, "")


def test_wrong_use(tmp_path):
    for arguments in (["add"], ["sign-in"], ["list", "x"], ["add", "a b"], ["remove", "x"]):
        code, said, errors = outcome_on(tmp_path, "accounts", *arguments)
        assert (code, said) == (2, "")
        assert "Traceback" not in errors


def test_who_is_meant_without_a_name(tmp_path):
    with Daemon(tmp_path, "--no-dbus", "--account", "anna"):
        assert outcome_on(tmp_path, "send", "GET CURRENTUSERHANDLE")[1] == "CURRENTUSERHANDLE anna\n"
        outcome_on(tmp_path, "accounts", "add", "me")
        outcome_on(tmp_path, "accounts", "add", "bob")
        assert outcome_on(tmp_path, "send", "GET CURRENTUSERHANDLE")[1] == "CURRENTUSERHANDLE me\n"
        program = SocketProgram(tmp_path, "bob")
        os.environ["RINGBACK_ACCOUNT"] = "bob"
        try:
            assert outcome_on(tmp_path, "send", "GET CURRENTUSERHANDLE")[1] == "CURRENTUSERHANDLE bob\n"
            assert outcome_on(tmp_path, "detach", "1") == (0, "", "")
        finally:
            del os.environ["RINGBACK_ACCOUNT"]
        program.close()
