"""What an engine can be told: every key once, as data.

A key of ``<home>/ringback.toml`` is also an option of ``ringback run`` and a variable ``RINGBACK_…``. An
option outweighs the variable, the variable the file, the file the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import tomlkit
from tomlkit.exceptions import TOMLKitError

from ringback.app import logs
from ringback.app.account_names import objection
from ringback.app.files import replace
from ringback.app.home import CannotStartError
from ringback.app.places import port_range
from ringback.domain.presence import SHORTEST_IDLE
from ringback.domain.settings import Told
from ringback.protocol.values import OWN_COUNTRY
from ringback.session.sessions import PUSH_DELAY
from ringback.transport.ports import split


class ConfigurationError(CannotStartError):
    """The file cannot be used; the text names the file, the key and what is wrong."""


class Handle(click.ParamType[str]):
    """The name of an account."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        wrong = objection(value)
        if wrong:
            self.fail(wrong, param, ctx)
        return str(value)


class PortAddress(click.ParamType[str]):
    """Where to listen on the network."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        try:
            split(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


class Country(click.ParamType[str]):
    """A country by its code."""

    name = "code"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        try:
            return str(OWN_COUNTRY.read(str(value)))
        except ValueError:
            self.fail(f"{value!r} is no code of ISO 3166, such as ee", param, ctx)


class PortRange(click.ParamType[str]):
    """One port or some in a row."""

    name = "port[-port]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        try:
            port_range(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value).strip()


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to be told. ``many``: a list, and the option may be repeated.

    ``option`` and ``metavar`` where they do not follow from name and type.
    """

    name: str
    meaning: str
    type: click.ParamType[Any] = click.STRING
    default: Any = None
    many: bool = False
    option: str = ""
    metavar: str | None = None

    @property
    def variable(self) -> str:
        """In the environment; lists are separated by blanks there."""
        return f"RINGBACK_{self.name.upper()}"

    @property
    def switch(self) -> bool:
        """Yes or no; the option has a form with ``no-`` in front."""
        return self.type is click.BOOL

    def declared(self) -> click.Option:
        """As an option."""
        word = self.option or "--" + self.name.replace("_", "-")
        negative = self.switch and not word.startswith("--no-")
        return click.Option(
            [f"{word}/--no-{word[2:]}" if negative else word, self.name],
            type=None if self.switch else self.type,
            is_flag=self.switch,
            default=() if self.many else self.default,
            multiple=self.many,
            metavar=self.metavar,
            envvar=self.variable,
            help=self.meaning,
        )

    def read(self, value: Any) -> Any:
        """A value of the file. Raises ValueError that says what is wrong."""
        if self.many:
            if not isinstance(value, list):
                raise ValueError("must be a list")
            return tuple(self._one(each) for each in value)
        return self._one(value)

    def _one(self, value: Any) -> Any:
        if self.switch is not isinstance(value, bool):
            raise ValueError("must be true or false" if self.switch else "cannot be true or false")
        if not isinstance(value, str | int | float):
            raise ValueError("must be one value")  # noqa: TRY004 - said of what is in the file
        try:
            return self.type.convert(value if self.switch else str(value), None, None)
        except click.BadParameter as error:
            raise ValueError(error.message) from None

    def typed(self, words: tuple[str, ...]) -> Any:
        """Words of a command line as the file has them. Raises ValueError."""
        if not self.many and len(words) != 1:
            raise ValueError("takes one value")
        try:
            values = [self.type.convert(word, None, None) for word in words]
        except click.BadParameter as error:
            raise ValueError(error.message) from None
        plain = [str(value) if isinstance(value, Path) else value for value in values]
        return plain if self.many else plain[0]


_TOLD: Final = Told()
IDLE: Final = click.IntRange(SHORTEST_IDLE)
#: Milliseconds; no program waits longer for the lines that it begins with.
LONGEST_PUSH: Final = 60_000
FILE: Final = click.Path(path_type=Path, dir_okay=False)
FOLDER: Final = click.Path(path_type=Path, file_okay=False)
_ADDRESS: Final = PortAddress()
KEYS: Final = (
    Key(
        "accounts",
        "An account to run; without one all that were run before.",
        Handle(),
        many=True,
        option="--account",
    ),
    Key("network", "The network of new accounts.", click.Choice(["embedded", "xmpp"]), "embedded"),
    Key("unix", "Listen on the Unix socket.", click.BOOL, True),
    Key("dbus", "Answer on this bus: session, system or an address.", many=True, metavar="[ACCOUNT=]ADDRESS"),
    Key("no_dbus", "Stay off D-Bus.", click.BOOL, False),
    Key("tcp", "Listen there for programs that have the token.", _ADDRESS, many=True, metavar="HOST:PORT"),
    Key(
        "ws",
        "Listen there for programs that have the token, over WebSocket.",
        _ADDRESS,
        many=True,
        metavar="HOST:PORT",
    ),
    Key(
        "ws_origins",
        "Pages from there (https://example.org) may come over WebSocket, as those of this machine.",
        many=True,
        option="--ws-origin",
        metavar="ORIGIN",
    ),
    Key("tls_cert", "Speak TLS on TCP and WebSocket, with this certificate chain (PEM).", FILE),
    Key("tls_key", "The certificate's key, if it has a file of its own.", FILE),
    Key(
        "file_folders",
        "A folder in which programs on TCP and WebSocket may name files; without one they may name none.",
        FOLDER,
        many=True,
        option="--file-folder",
    ),
    Key(
        "voice_ports",
        "A port of this machine, or some (5000-5010), to which programs on TCP and WebSocket may lead sound; "
        "without one they may lead it to none.",
        PortRange(),
        many=True,
        option="--voice-port",
    ),
    Key("country", "Where the machine is; local phone numbers are of there.", Country(), ""),
    Key("away_after", "Seconds without a sign of the user until AWAY.", IDLE, _TOLD.away_after),
    Key("na_after", "Seconds without a sign of the user until NA.", IDLE, _TOLD.na_after),
    Key(
        "push_delay",
        "Milliseconds after a program's first PROTOCOL until it is told how things stand.",
        click.IntRange(0, LONGEST_PUSH),
        int(PUSH_DELAY * 1000),
    ),
    Key("sound", "Use the machine's sound cards; without, calls have ports and files.", click.BOOL, True),
    Key(
        "durable",
        "What is answered survives the end of the process, or also a power cut (slower).",
        click.Choice(["process", "power"]),
        "process",
    ),
    Key("log", "Log into this file; SIGHUP opens it anew.", FILE),
    Key("log_level", "How much is logged.", click.Choice(logs.LEVELS), "info"),
    Key("log_format", "One line or one object for each event.", click.Choice(logs.FORMATS), "text"),
)
BY_NAME: Final = {key.name: key for key in KEYS}


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return tomlkit.document()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None


def key_of(name: str) -> Key:
    """The key of this name. Raises ConfigurationError that names those there are."""
    try:
        return BY_NAME[name]
    except KeyError:
        raise ConfigurationError(f"no key {name!r}; there are {', '.join(BY_NAME)}") from None


def load(path: Path, text: str | None = None) -> dict[str, Any]:
    """The values of a file, checked; ``text``: what would stand in it. Raises ConfigurationError."""
    found = {}
    document = _document(path) if text is None else tomlkit.parse(text)
    for name, value in document.unwrap().items():
        try:
            read = key_of(name).read(value)
            # A path in the file is seen from the file.
            seen = [
                path.parent / one.expanduser() if isinstance(one, Path) else one for one in _several(read)
            ]
            found[name] = tuple(seen) if isinstance(read, tuple) else seen[0]
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None
        except ValueError as error:
            raise ConfigurationError(f"{path}: {name}: {error}") from None
    return found


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def changed(path: Path, name: str, value: Any | None) -> str:
    """The file with this value put in, or the key taken out; the rest, comments too, stays."""
    document = _document(path)
    if value is not None:
        document[name] = value
    else:
        document.pop(name, None)
    return tomlkit.dumps(document)


def change(path: Path, name: str, value: Any | None) -> None:
    """Write it so. Raises OSError."""
    replace(path, changed(path, name, value).encode())


@dataclass(frozen=True, slots=True)
class Effective:
    """What holds for a key and who says so."""

    key: Key
    value: Any
    origin: str


def effective(context: click.Context, path: Path) -> Iterable[Effective]:
    """All keys as ``run`` would take them."""
    says: Mapping[Any, str] = {
        click.core.ParameterSource.COMMANDLINE: "option",
        click.core.ParameterSource.DEFAULT_MAP: path.name,
    }
    for key in KEYS:
        source = context.get_parameter_source(key.name)
        origin = key.variable if source is click.core.ParameterSource.ENVIRONMENT else "default"
        yield Effective(key, context.params[key.name], says.get(source, origin))
