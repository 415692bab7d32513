"""What the running engine tells of itself: accounts, ways in, and who is attached."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ringback import __version__
from ringback.domain.handles import canonical
from ringback.session.access import described
from ringback.session.link import Peer
from ringback.session.sessions import Session, Stage
from ringback.tools.terminal import counted

if TYPE_CHECKING:
    # `ringback status` asks a running engine and needs none of its own.
    from ringback.app.runtime import AccountRuntime


def of_session(session: Session) -> dict[str, Any]:
    """One program."""
    peer = session.link.peer
    return {
        "session": session.number,
        "program": session.program,
        "attached": session.attached,
        "way": peer.way,
        "address": peer.address,
        "user": peer.user,
        "pid": peer.pid,
        "executable": peer.executable,
        "protocol": session.version,
        "unread": session.unread,
        "since": session.since,
    }


def of_engine(
    home: str, since: float, listening: Iterable[str], runtimes: Mapping[str, AccountRuntime]
) -> dict[str, Any]:
    """Everything. ``since`` and the times of sessions are UTC seconds, ``unread`` is bytes."""
    return {
        "version": __version__,
        "pid": os.getpid(),
        "home": home,
        "since": since,
        "listening": [line.removeprefix("listening ") for line in listening],
        "accounts": [
            {
                "account": canonical(name),
                "handle": runtime.engine.account.handle,
                "link": runtime.engine.account.settings.connection,
                "why": runtime.why,
                "signed_in": runtime.sessions.signed_in,
                "programs": [of_session(s) for s in runtime.sessions if s.stage is not Stage.GONE],
            }
            for name, runtime in runtimes.items()
        ],
    }


def shown(status: Mapping[str, Any]) -> list[str]:
    """For people."""
    lines = [f"ringback {status['version']}, process {status['pid']}, since {_moment(status['since'])}"]
    lines.append(f"home {status['home']}")
    lines += [f"listening {way}" for way in status["listening"]]
    for account in status["accounts"]:
        programs = account["programs"]
        why = f" ({account['why']})" if account["why"] else ""
        link = f"{account['link']}{why}" if account["signed_in"] else _signed_out(account["account"])
        lines.append(f"account {account['account']}: {link}, {counted(len(programs), 'program')}")
        lines += [_program(program) for program in programs]
    return lines


def _signed_out(account: str) -> str:
    return f"signed out ('ringback accounts sign-in {account}' ends that)"


def _program(told: Mapping[str, Any]) -> str:
    peer = Peer(told["way"], told["address"], told["user"], told["pid"], told["executable"])
    name = repr(told["program"]) if told["attached"] else "(not attached)"
    pid = "" if peer.pid is None or f"pid {peer.pid}" == peer.address else f", pid {peer.pid}"
    return (
        f"  {told['session']:>4} {name} over {described(peer)}{pid}, protocol {told['protocol']}, "
        f"{told['unread']} bytes unread, since {_moment(told['since'])}"
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")
