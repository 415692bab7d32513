"""Files that other programs want before they work with Ringback; ``ringback print`` shows them."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from ringback.app.exits import Exit
from ringback.transport.dbus import BUS, CLIENT_INTERFACE, NAME, PATH

#: Descriptors for a few thousand programs; a service has 1024 without it.
_DESCRIPTORS: Final = 65536


def _command() -> list[str]:
    """How to start this Ringback: the installed command, or the interpreter with our module."""
    beside = Path(sys.executable).with_name("ringback")
    if beside.exists():
        return [str(beside)]
    return [sys.executable, "-m", "ringback.app.command_line"]


def _home(home: Path | None) -> list[str]:
    return [] if home is None else ["--home", str(home.absolute())]


def _systemd(words: list[str]) -> str:
    """A command line as units have it (systemd.service(5)): quoted, and ``%`` and ``$`` mean themselves."""

    def quoted(text: str) -> str:
        text = text.replace("%", "%%").replace("$", "$$")
        if text and not set(text) & set(" \t\"'\\;"):
            return text
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return " ".join(map(quoted, words))


def systemd_unit(home: Path | None) -> str:
    """For ``~/.config/systemd/user/ringback.service``."""
    return f"""\
# ~/.config/systemd/user/ringback.service
# systemctl --user daemon-reload && systemctl --user enable --now ringback
# To have it run while nobody is logged in: loginctl enable-linger
[Unit]
Description=Ringback, an engine that answers the Skype Desktop API
After=dbus.socket
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
ExecStart={_systemd([*_command(), "run", *_home(home)])}
ExecReload=/bin/kill -HUP $MAINPID
# What a restart may mend: a crash, a hang. Not what somebody has to look at first.
Restart=on-failure
RestartPreventExitStatus={Exit.FAILED:d} {Exit.WRONG_USE:d}
RestartSec=2
WatchdogSec=60
TimeoutStopSec=30
UMask=0077
NoNewPrivileges=yes
LimitNOFILE={_DESCRIPTORS}

[Install]
WantedBy=default.target
"""


def dbus_policy(_home: Path | None) -> str:
    """For ``/etc/dbus-1/system.d/ringback.conf``: the system bus lets nobody do anything by itself."""
    user = quoteattr(pwd.getpwuid(os.getuid()).pw_name)
    return f"""\
<!-- /etc/dbus-1/system.d/ringback.conf, then: systemctl reload dbus
     The user below may run an engine on the system bus. Programs of all users can reach it; whether they may
     attach is decided with ringback access. -->
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user={user}>
    <allow own="{NAME}"/>
    <!-- Notifications go to the programs as calls. -->
    <allow send_interface="{CLIENT_INTERFACE}"/>
    <!-- Whether a program reads is asked of the bus or, if that does not tell, of the program. -->
    <allow send_destination="{BUS}" send_interface="{BUS}.Debug.Stats"/>
    <allow send_interface="{BUS}.Peer" send_member="Ping"/>
  </policy>
  <policy context="default">
    <allow send_destination="{NAME}" send_path="{PATH}"/>
    <allow send_destination="{NAME}" send_interface="{BUS}.Introspectable"/>
  </policy>
</busconfig>
"""


def desktop_entry(home: Path | None) -> str:
    """For ``~/.local/share/applications/ringback-open.desktop``: who opens ``skype:`` links."""
    line = " ".join(_desktop(word) for word in [*_command(), "open", *_home(home)])
    return f"""\
# ~/.local/share/applications/ringback-open.desktop
# xdg-mime default ringback-open.desktop x-scheme-handler/skype
[Desktop Entry]
Type=Application
Name=Ringback
Comment=Call or write to whom a skype: link names
Exec={line} %u
MimeType=x-scheme-handler/skype;
NoDisplay=true
Terminal=false
"""


def _desktop(word: str) -> str:
    """One argument as desktop entries have it (Desktop Entry Specification, The Exec key)."""
    if not set(word) & set(" \t\n\"'\\><~|&;$*?#()`%"):
        return word
    for character in '\\"`$':
        word = word.replace(character, "\\" + character)
    # The value is a string itself, in which a backslash is written twice.
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'


#: By the word that ``ringback print`` takes.
FILES: Final[dict[str, Callable[[Path | None], str]]] = {
    "systemd-unit": systemd_unit,
    "dbus-policy": dbus_policy,
    "desktop-entry": desktop_entry,
}
