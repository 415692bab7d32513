"""Keys: each once as data, from the file, a variable or an option, and the heavier one counts."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ringback.app.commands import config, run
from ringback.app.configuration import BY_NAME, KEYS, ConfigurationError, change, effective, load


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ringback.toml"


@pytest.fixture
def told(tmp_path, file):
    def look(*options, **variables):
        with CliRunner(env=dict.fromkeys(VARIABLES) | variables).isolation():
            context = run.command.make_context("run", ["--home", str(tmp_path), *options])
            return {each.key.name: (each.value, each.origin) for each in effective(context, file)}

    return look


VARIABLES = [key.variable for key in KEYS]
#: For each key: its default, then different values in the file, in a variable, as an option.
VALUES = {
    "accounts": (
        (),
        ('["f"]', ("f",)),
        ("v w", ("v", "w")),
        (["--account", "o", "--account", "p"], ("o", "p")),
    ),
    "network": (
        "embedded",
        ('"embedded"', "embedded"),
        ("embedded",) * 2,
        (["--network", "embedded"], "embedded"),
    ),
    "unix": (True, ("false", False), ("no", False), (["--unix"], True)),
    "dbus": ((), ('["f=x"]', ("f=x",)), ("v", ("v",)), (["--dbus", "o:x"], ("o:x",))),
    "no_dbus": (False, ("true", True), ("1", True), (["--no-dbus"], True)),
    "tcp": ((), ('["f:1"]', ("f:1",)), ("v:1 w:1", ("v:1", "w:1")), (["--tcp", "o:1"], ("o:1",))),
    "ws": ((), ('["f:1"]', ("f:1",)), ("v:1", ("v:1",)), (["--ws", "o:1", "--ws", "p:1"], ("o:1", "p:1"))),
    "ws_origins": ((), ('["null"]', ("null",)), ("v w", ("v", "w")), (["--ws-origin", "o"], ("o",))),
    "tls_cert": (None, ('"f"', "f"), ("/v", Path("/v")), (["--tls-cert", "/o"], Path("/o"))),
    "tls_key": (None, ('"f"', "f"), ("/v", Path("/v")), (["--tls-key", "/o"], Path("/o"))),
    "file_folders": (
        (),
        ('["f", "/g"]', ("f", "/g")),
        ("/v:/w", (Path("/v"), Path("/w"))),
        (["--file-folder", "/o"], (Path("/o"),)),
    ),
    "voice_ports": (
        (),
        ('[5001, "5002-5010"]', ("5001", "5002-5010")),
        ("1 65535", ("1", "65535")),
        (["--voice-port", "5-5"], ("5-5",)),
    ),
    "country": ("", ('"EE"', "ee"), ("fi", "fi"), (["--country", "de"], "de")),
    "away_after": (300, ("60", 60), ("61", 61), (["--away-after", "62"], 62)),
    "na_after": (1200, ("63", 63), ("64", 64), (["--na-after", "65"], 65)),
    "push_delay": (100, ("0", 0), ("200", 200), (["--push-delay", "300"], 300)),
    "sound": (True, ("false", False), ("0", False), (["--no-sound"], False)),
    "durable": ("process", ('"power"', "power"), ("power", "power"), (["--durable", "process"], "process")),
    "log": (None, ('"f"', "f"), ("/v", Path("/v")), (["--log", "/o"], Path("/o"))),
    "log_level": ("info", ('"debug"', "debug"), ("error", "error"), (["--log-level", "warning"], "warning")),
    "log_format": ("text", ('"json"', "json"), ("json", "json"), (["--log-format", "text"], "text")),
}


def test_every_key_is_tried():
    assert list(VALUES) == [key.name for key in KEYS]


@pytest.mark.parametrize("name", VALUES)
def test_the_heavier_one_counts(told, file, name):
    default, (written, in_file), (variable, in_variable), (options, as_option) = VALUES[name]
    if name in ("log", "tls_cert", "tls_key"):
        in_file = file.parent / in_file
    if name == "file_folders":
        in_file = tuple(file.parent / path for path in in_file)
    environment = {f"RINGBACK_{name.upper()}": variable}
    assert told()[name] == (default, "default")
    file.write_text(f"{name} = {written}\n")
    assert told()[name] == (in_file, "ringback.toml")
    assert told(**environment)[name] == (in_variable, f"RINGBACK_{name.upper()}")
    assert told(*options, **environment)[name] == (as_option, "option")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("acounts = ['me']", "no key 'acounts'; there are accounts, "),
        ("accounts = 'me'", "accounts: must be a list"),
        ("accounts = ['a b']", "accounts: 'a b' cannot be the name of an account"),
        ("accounts = ['112']", "accounts: '112' cannot be the name of an account: it would be dialled"),
        ("tcp = ['127.0.0.1:99999']", "tcp: '127.0.0.1:99999' is not HOST:PORT"),
        ("accounts = ['b5', true]", "accounts: cannot be true or false"),
        ("unix = 'yes'", "unix: must be true or false"),
        ("log_level = 'loud'", "log_level: 'loud' is not one of"),
        ("voice_ports = ['9-8']", "voice_ports: '9-8': ports are from 1 to 65535, the lower one first"),
        ("log = ['a']", "log: must be one value"),
        ("log = ", "ringback.toml: "),
        ("unix = true\nunix = false", "ringback.toml: "),
        ("[unix]\nx = 1", "unix: must be true or false"),
    ],
)
def test_what_is_wrong_with_a_file(file, text, message):
    file.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load(file)
    assert message in str(error.value)
    assert str(error.value).startswith(str(file))


def test_a_file_that_cannot_be_read(file):
    file.mkdir()
    with pytest.raises(ConfigurationError, match="Is a directory"):
        load(file)
    file.rmdir()
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError):
        load(file)


def test_a_change_leaves_the_rest_as_it_is(file):
    file.write_text("# mine\nunix = true # never touch\n\nlog_level = 'info'\n")
    change(file, "log_level", "debug")
    change(file, "accounts", ["anna", "bob"])
    change(file, "sound", None)
    assert file.read_text() == (
        '# mine\nunix = true # never touch\n\nlog_level = "debug"\naccounts = ["anna", "bob"]\n'
    )
    change(file, "log_level", None)
    assert load(file) == {"unix": True, "accounts": ("anna", "bob")}
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("file_says", "variables", "options", "dbus"),
    [
        ("no_dbus = true", {}, ["--dbus", "x"], ("x",)),
        ("dbus = ['x']", {"RINGBACK_NO_DBUS": "1"}, [], ()),
        ("dbus = ['x']", {}, ["--no-dbus"], ()),
        ("no_dbus = true", {"RINGBACK_DBUS": "x"}, [], ("x",)),
    ],
)
def test_for_and_against_d_bus(tmp_path, file, monkeypatch, file_says, variables, options, dbus):
    file.write_text(file_says)
    seen = {}

    def decided(context, told):
        real(context, told)
        seen.update(told)
        raise click.Abort

    real = run._decide_about_dbus
    monkeypatch.setattr(run, "_decide_about_dbus", decided)
    env = dict.fromkeys(VARIABLES) | variables
    CliRunner(env=env).invoke(run.command, ["--home", str(tmp_path), *options])
    assert (seen["no_dbus"], seen["dbus"]) == (not dbus, dbus)


def config_says(tmp_path, *arguments, **variables):
    env = dict.fromkeys(VARIABLES) | variables
    return CliRunner(env=env).invoke(config.command, ["--home", str(tmp_path / "home"), *arguments])


def test_the_command(tmp_path):
    listed = config_says(tmp_path, RINGBACK_LOG_LEVEL="debug")
    assert (
        listed.exit_code,
        'log_level    "debug"                  RINGBACK_LOG_LEVEL\n' in listed.output,
    ) == (0, True)
    assert not (tmp_path / "home").exists()
    for given in (["accounts", "anna", "bob"], ["unix", "no"], ["log", "x/y"], ["log_level", "error"]):
        assert config_says(tmp_path, "set", *given).output == ""
    assert config_says(tmp_path, "get", "accounts").output == "anna\nbob\n"
    assert config_says(tmp_path, "get", "unix").output == "false\n"
    assert config_says(tmp_path, "get", "log").output == f"{tmp_path}/home/x/y\n"
    assert config_says(tmp_path, "--json").output.count('"origin": "ringback.toml"') == 4
    config_says(tmp_path, "unset", "log")
    assert config_says(tmp_path, "get", "log").output == "\n"
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["get"], 2, "get needs a KEY"),
        (["list", "unix"], 2, "list takes no KEY"),
        (["set", "unix"], 2, "set needs a VALUE"),
        (["unset", "unix", "x"], 2, "unset takes no VALUE"),
        (["set", "unix", "yes", "no"], 2, "unix: takes one value"),
        (["set", "unix", "perhaps"], 2, "not a valid boolean"),
        (["set", "accounts", "a b"], 2, "cannot be the name of an account"),
        (["set", "tcp", "localhost"], 2, "'localhost' is not HOST:PORT"),
        (["set", "ws", "127.0.0.1:1", "::1:2"], 2, "an address with colons goes into brackets"),
        (["get", "nothing"], 2, "no key 'nothing'"),
    ],
)
def test_wrong_use(tmp_path, arguments, code, message):
    wrong = config_says(tmp_path, *arguments)
    assert wrong.exit_code == code
    assert message in wrong.output
    assert not (tmp_path / "home").exists()


def test_a_damaged_file_is_not_written_over(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/ringback.toml").write_text("what = 1")
    for arguments in ([], ["get", "unix"], ["set", "unix", "no"]):
        ended = config_says(tmp_path, *arguments)
        assert ended.exit_code == 1
        assert "no key 'what'" in ended.output
    assert (tmp_path / "home/ringback.toml").read_text() == "what = 1"


@pytest.mark.parametrize(
    ("before", "given", "message"),
    [
        ("", ["tcp", "0.0.0.0:4000"], "--tcp 0.0.0.0:4000: not an address of this machine alone"),
        ("", ["ws", "[::]:4000"], "--ws [::]:4000: not an address of this machine alone"),
        ("", ["tcp", ":4000"], "--tcp :4000: not an address of this machine alone"),
        ('tls_key = "k"', ["tcp", "127.0.0.1:1"], "--tls-key needs --tls-cert"),
        ('tcp = ["127.0.0.1:1"]', ["tls_key", "k"], "--tls-key needs --tls-cert"),
        ('tcp = ["127.0.0.1:1"]', ["tls_cert", "none.pem"], "none.pem: No such file"),
        ("no_dbus = true", ["dbus", "session"], "exclude each other"),
        ("", ["dbus", "bob=session"], "--dbus: no account bob"),
    ],
)
def test_what_run_would_refuse_is_not_set(tmp_path, before, given, message):
    (tmp_path / "home").mkdir(mode=0o700)
    file = tmp_path / "home/ringback.toml"
    file.write_text(before)
    refused = config_says(tmp_path, "set", *given)
    assert refused.exit_code == 1
    assert message in refused.output
    assert file.read_text() == before
    # Who wrote it by hand is told, and may take it out again.
    change(file, given[0], given[1:] if BY_NAME[given[0]].many else given[1])
    listed = config_says(tmp_path)
    assert listed.exit_code == 1
    assert message in listed.output
    assert config_says(tmp_path, "unset", given[0]).exit_code == 0
    assert config_says(tmp_path).exit_code == 0


def test_a_file_that_run_would_refuse_is_repaired_step_by_step(tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)
    file = tmp_path / "home/ringback.toml"
    file.write_text("tcp = ['0.0.0.0:1']\nws = ['0.0.0.0:2']\n")
    assert config_says(tmp_path, "set", "sound", "no").exit_code == 0
    assert config_says(tmp_path, "unset", "ws").exit_code == 0
    assert config_says(tmp_path, "set", "tcp", "127.0.0.1:1").exit_code == 0
    assert load(file) == {"tcp": ("127.0.0.1:1",), "sound": False}


def test_a_home_that_others_may_write_to(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o777)
    ended = config_says(tmp_path, "set", "sound", "no")
    assert ended.exit_code == 1
    assert "others may write to" in ended.output
