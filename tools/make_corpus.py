"""Makes corpus/ from the specification beside the checkout, where that is: ids, wire lines, codes, no prose.

tools/make_corpus.py            writes corpus/
tools/make_corpus.py --check    compares; without the specification there is nothing to compare with
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPEC = ROOT.parent / "shared" / "spec"


def read(name: str) -> dict | list:
    return json.loads((SPEC / name).read_text(encoding="utf-8"))


def transcripts() -> list:
    found = read("transcripts.json")
    entries = found if isinstance(found, list) else found["transcripts"]
    return [
        {
            "id": t["id"],
            "kind": t["kind"],
            "protocol": t["protocol"],
            "commands": t["commands"],
            "lines": [
                {key: line[key] for key in ("n", "norm_dir", "text", "who") if line.get(key)}
                for line in t["lines"]
                if line["norm_dir"] != "//"
            ],
        }
        for t in entries
    ]


def since(text: str) -> str:
    """Numbers of a sentence such as "Protocol 7 (API version 3.0)", in one spelling."""
    protocol = re.search(r"[Pp]rotocol (\d+)(?!\.)", text)
    api = re.search(r"API version (\d[\d.]*\d)", text)
    client = re.search(r"client (\d[\d.]*\d)", text)
    return introduced(
        {
            "protocol": int(protocol[1]) if protocol else None,
            "api_version": api[1] if api else None,
            "client_version": client[1] if client else None,
        }
    )


def introduced(entry: dict) -> str:
    """When something came, "" if that is not stated or it came with its object."""
    if (entry.get("client_version") or "").startswith("API version"):
        return since(entry["client_version"])
    parts = []
    if entry.get("protocol"):
        parts.append(f"protocol {entry['protocol']}")
    for key, word in (("api_version", "API"), ("client_version", "client"), ("client", "client")):
        version = re.search(r"\d+(\.\d+)+", entry.get(key) or "")
        if version:
            parts.append(f"{word} {version[0]}")
    return ", ".join(parts)


def notes(entry: dict) -> str:
    return " ".join(note["text"] for note in entry.get("notes") or [])


def commands() -> list:
    return [
        {
            "id": c["id"],
            "verb": c["verb"],
            "status": c["status"],
            "syntax": c["syntax"],
            "errors": sorted({e["code"] for e in c["errors"] if e["code"]}),
            "rules": [r["id"] for r in c["rules"]],
            "line": c["seed_line"],
            "since": introduced(c["introduced"]),
            "deprecated": (c["deprecated"] or {}).get("protocol"),
        }
        for c in read("commands.json")["commands"]
    ]


def objects() -> list:
    return [
        {
            "object": o["object"],
            "rules": [r["id"] for r in o.get("rules", [])],
            "since": since(o["version"]),
            "deprecated": "deprecated in" in o["version"],
            "properties": [
                {
                    "name": p["name"],
                    "type": p["type"],
                    "access": p["access"],
                    "values": [v["value"] if isinstance(v, dict) else v for v in p.get("values") or []],
                    "since": introduced(p["introduced"]),
                    "values_since": {
                        v["value"]: v["introduced"]["protocol"]
                        for v in p.get("values") or []
                        if "introduced" in v
                    },
                    "constant": re.search(r"\b(Always|Not used\.|Not used;)", notes(p)) is not None
                    and "Always OFF" not in notes(p),
                    "deprecated": notes(p).startswith("Deprecated"),
                    "line": p["seed_line"],
                }
                for p in o["properties"]
            ],
        }
        for o in read("objects.json")["objects"]
    ]


def errors() -> list:
    found = read("errors.json")
    return [
        {
            "code": e["code"],
            "commands": [c["id"] for c in e.get("commands") or []],
            "triggers": e.get("example_triggers") or [],
        }
        for e in found["errors"]
    ]


def protocols() -> list:
    return [rule["id"] for rule in read("protocols.json")["rules"]]


PARTS = {
    "transcripts": transcripts,
    "commands": commands,
    "objects": objects,
    "errors": errors,
    "protocol_rules": protocols,
}


def main(check: bool) -> int:
    if not SPEC.is_dir():
        sys.stdout.write("corpus: no specification beside the checkout, nothing to compare with\n")
        return 0
    stale = []
    for name, make in PARTS.items():
        path = ROOT / "corpus" / f"{name}.json"
        text = json.dumps(make(), indent=1, ensure_ascii=False) + "\n"
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            stale.append(name)
        elif not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stdout.write(f"corpus: not as the specification says: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
