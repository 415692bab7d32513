"""A pipe behind standard error that nobody read filled up, and the engine stood still at the next line."""

from support.daemon import Daemon, SocketProgram


def test_the_engine_goes_on_while_nobody_reads_its_log(tmp_path):
    with Daemon(tmp_path, "--no-dbus", "--log-level", "debug") as daemon:
        program = SocketProgram(tmp_path)
        # Far more than a pipe holds, none of it read before the end.
        for number in range(1500):
            assert program.ask(f"SET AUDIO_IN no microphone of this name {'x' * 100} {number}").startswith(
                "ERROR 50"
            )
        assert program.ask("GET USER echo123 FULLNAME").endswith("Echo / Sound Test Service")
        program.close()
        code, errors = daemon.end()
    assert code == 0
    assert errors.count("audio_in not set") > 100


def test_refused_commands_make_no_log(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        program = SocketProgram(tmp_path)
        for command in (
            "SET AUDIO_IN none",
            "SET WALLPAPER none",
            "GET AVATAR 1 none",
            "SET RINGTONE 1 none",
            "X",
        ):
            assert program.ask(command).startswith("ERROR")
        program.close()
        assert daemon.end() == (0, "")
