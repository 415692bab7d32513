"""What was said to be sent survives what the accounts' answers survive."""

import pytest

from ringback.network.embedded.file import EmbeddedFile


@pytest.mark.parametrize(("durable", "synchronous"), [("process", 1), ("power", 2)])
def test_how_hard_it_is_written(tmp_path, durable, synchronous):
    file = EmbeddedFile(tmp_path / "embedded.sqlite", durable)
    assert file.run("PRAGMA synchronous").fetchone() == (synchronous,)
    file.close()
