"""Makes corpus/ from the specification beside the checkout, where that is: ids, wire lines, codes, no prose.

tools/make_corpus.py            writes corpus/
tools/make_corpus.py --check    compares; without the specification there is nothing to compare with
"""

from __future__ import annotations

import json
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


def commands() -> list:
    return [
        {
            "id": c["id"],
            "verb": c["verb"],
            "status": c["status"],
            "forms": c["syntax"],
            "errors": sorted({e["code"] for e in c["errors"] if e["code"]}),
            "rules": [r["id"] for r in c["rules"]],
            "line": c["seed_line"],
        }
        for c in read("commands.json")["commands"]
    ]


def objects() -> list:
    return [
        {
            "object": o["object"],
            "rules": [r["id"] for r in o.get("rules", [])],
            "properties": [
                {
                    "name": p["name"],
                    "access": p["access"],
                    "values": [v["value"] if isinstance(v, dict) else v for v in p.get("values") or []],
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
