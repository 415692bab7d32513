"""A licence is listed when it is known and fits; nothing else is let through."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location("licences", ROOT / "tools" / "licences.py")
licences = importlib.util.module_from_spec(SPEC)
sys.modules["licences"] = licences
SPEC.loader.exec_module(licences)

BSD = "Classifier: License :: OSI Approved :: BSD License"
BINARY = "Redistributions in binary form must reproduce the above."


def package(folder, metadata, text="", name="thing"):
    place = folder / f"{name}-1.0.dist-info"
    (place / "licenses").mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n")
    (place / "licenses" / "LICENSE").write_text(text)
    return licences.metadata.Distribution.at(place)


@pytest.mark.parametrize(
    ("metadata", "text", "wanted"),
    [
        ("License-Expression: MIT-CMU", "", "MIT-CMU"),
        ("License-Expression: GPL-3.0-only OR MIT", "", "GPL-3.0-only OR MIT"),
        ("License: mit", "", "MIT"),
        ("Classifier: License :: OSI Approved :: MIT License", "", "MIT"),
        (BSD, BINARY, "BSD-2-Clause"),
        (BSD, f"{BINARY}\nNeither the\n name of anybody may be used.", "BSD-3-Clause"),
    ],
)
def test_a_licence_is_taken_from_what_says_it_most_exactly(tmp_path, metadata, text, wanted):
    assert licences.licence(package(tmp_path, metadata, text)) == wanted


@pytest.mark.parametrize(
    ("metadata", "text", "why"),
    [
        ("License-Expression: GPL-3.0-only", "", "GPL-3.0-only is not among"),
        ("License-Expression: MIT AND LGPL-2.1-only", "", "is not among"),
        ("License: Other", "", "does not say exactly"),
        ("", "", "does not say exactly"),
        (BSD, "Do what you want.", "does not say exactly"),
        (BSD, f"{BINARY} All advertising materials must name us.", "does not say exactly"),
    ],
)
def test_what_does_not_fit_or_is_not_known_is_refused(tmp_path, metadata, text, why):
    with pytest.raises(licences.Unfit, match=f"thing: .*{why}"):
        licences.licence(package(tmp_path, metadata, text))


def test_a_row_says_what_for_or_who_needs_it(tmp_path):
    mit = "License-Expression: MIT"
    packages = {
        "top": package(
            tmp_path, f"{mit}\nRequires-Dist: Below_It>=1\nRequires-Dist: odd; extra == 'x'", name="top"
        ),
        "below-it": package(tmp_path, mit, name="below-it"),
    }
    assert licences.rows(packages, packages, {"top": "sound"}) == [
        "| top | MIT | sound |\n",
        "| below-it | MIT | needed by top |\n",
    ]
    with pytest.raises(licences.Unfit, match="gone: not in"):
        licences.rows(packages, packages, {"top": "sound", "gone": "pictures"})
    packages["odd"] = package(tmp_path, mit, name="odd")
    with pytest.raises(licences.Unfit, match="odd: nobody needs it"):
        licences.rows(packages, packages, {"top": "sound"})
