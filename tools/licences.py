"""What is installed with Ringback, and its licences, from the lock file and the metadata of packages.

A package whose licence is unknown or does not fit the distribution of Ringback under Apache-2.0 ends it with
an error. Versions are in requirements/run.txt alone, so the page outlives them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "licences.md"
#: SPDX names of the licences that put no conditions on Ringback but to keep notices.
FITTING = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "HPND", "ISC", "MIT"),
    *("MIT-0", "MIT-CMU", "PSF-2.0", "Python-2.0", "Unicode-3.0", "Unlicense", "Zlib"),
}
#: What the older fields of the metadata say, where it is exact, in lower case.
OLDER = {
    **{name.lower(): name for name in FITTING},
    "license :: osi approved :: mit license": "MIT",
    "license :: osi approved :: mit no attribution license (mit-0)": "MIT-0",
    "license :: osi approved :: apache software license": "Apache-2.0",
    "license :: osi approved :: isc license (iscl)": "ISC",
    "license :: osi approved :: zlib/libpng license": "Zlib",
}
#: "BSD" alone is several licences; the third clause, and the absence of a fourth, tell them apart.
BSD = "license :: osi approved :: bsd license"
#: Where the text of a licence lies.
TEXTS = ("licenses/LICENSE", "licenses/LICENSE.txt", "LICENSE")
#: What a row says besides.
NOTES = {
    "av": "; its binary packages hold x264 and x265: whoever gives those on keeps to GPL-2.0-or-later",
}
#: What each package is for that pyproject.toml asks for.
PURPOSES = {
    "aiodns": "finding the server of a domain (SRV records)",
    "aiortc": "the sound of calls over XMPP: ICE, DTLS-SRTP, Opus",
    "babel": "names of languages and countries",
    "click": "the command line",
    "dbus-fast": "D-Bus",
    "keyring": "passwords of accounts, in the keyring of the desktop",
    "miniaudio": "sound cards and the formats of ringtones",
    "phonenumbers": "telephone numbers",
    "pillow": "pictures",
    "platformdirs": "where data and configuration belong",
    "prompt-toolkit": "the prompt of `ringback trace`",
    "slixmpp": "XMPP",
    "tomlkit": "configuration and access rules, written back with their comments",
    "websockets": "WebSocket",
}
HEAD = """# Licences of what Ringback needs

Ringback is under Apache-2.0. It is installed with these packages, which it does not contain; each of their
licences lets them be used and given on with it, provided that their notices are kept. Versions are in
`requirements/run.txt`. A package under another licence fails `make check` (`tools/licences.py`, which makes
this page).

| package | licence | for |
|---|---|---|
"""


class Unfit(Exception):
    """A package that cannot be listed, and why."""


def canonical(name: str) -> str:
    """One spelling for each package."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(lines: Iterable[str]) -> list[str]:
    """The packages that a list of requirements names."""
    found = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return sorted({canonical(match[0]) for match in found if match})


def fits(expression: str) -> bool:
    """Whether an SPDX expression allows it; one with brackets or exceptions is left to a person."""
    return any(set(choice.split(" AND ")) <= FITTING for choice in expression.split(" OR "))


def bsd(text: str) -> str:
    """Which of the BSD licences a text is; "" if it is another one."""
    words = " ".join(text.split())
    if "Redistributions in binary form" not in words or "All advertising materials" in words:
        return ""
    return (
        "BSD-3-Clause"
        if re.search("Neither the names? of|may not be used to endorse", words)
        else "BSD-2-Clause"
    )


def licence(package: metadata.Distribution) -> str:
    """A package's licence as an SPDX expression; Unfit if it is not known or does not fit."""
    about, name = package.metadata, package.metadata["Name"]
    said = about.get("License-Expression", "")
    if not said:
        older = [about.get("License", ""), *about.get_all("Classifier", [])]
        said = next((OLDER[word.lower()] for word in older if word.lower() in OLDER), "")
        if not said and BSD in map(str.lower, older):
            texts = (package.read_text(str(path)) or "" for path in TEXTS)
            said = next(filter(None, map(bsd, texts)), "")
    if not said:
        raise Unfit(f"{name}: its metadata does not say exactly which licence it has")
    if not fits(said):
        raise Unfit(f"{name}: {said} is not among the licences that fit Apache-2.0")
    return said


def rows(
    locked: Iterable[str], packages: Mapping[str, metadata.Distribution], purposes: Mapping[str, str]
) -> list[str]:
    """The table: what we ask for says what for, the rest who needs it."""
    locked = list(locked)
    if strange := set(purposes) - set(locked):
        raise Unfit(f"{', '.join(sorted(strange))}: not in requirements/run.txt")
    users: dict[str, list[str]] = {}
    for name in locked:
        # What only an extra asks for is not what brought a package here.
        asked = [line for line in packages[name].requires or [] if "extra ==" not in line]
        for other in required(asked):
            users.setdefault(other, []).append(name)
    table = []
    for name in locked:
        reason = purposes.get(name) or f"needed by {', '.join(users.get(name, []))}"
        if reason == "needed by ":
            raise Unfit(f"{name}: nobody needs it")
        table.append(f"| {name} | {licence(packages[name])} | {reason}{NOTES.get(name, '')} |\n")
    return table


def page() -> str:
    """The whole page, from what is locked and installed."""
    locked = required((ROOT / "requirements" / "run.txt").read_text(encoding="utf-8").splitlines())
    asked = required(
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    )
    if asked != sorted(PURPOSES):
        raise Unfit(f"{', '.join(sorted({*asked} ^ {*PURPOSES}))}: PURPOSES and pyproject.toml differ")
    return HEAD + "".join(rows(locked, {name: metadata.distribution(name) for name in locked}, PURPOSES))


if __name__ == "__main__":
    try:
        PAGE.write_text(page(), encoding="utf-8")
    except Unfit as why:
        sys.exit(str(why))
