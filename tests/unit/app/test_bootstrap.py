"""Accounts that come to a running engine, and what stays of those that could not come."""

import asyncio
import threading

import pytest

from ringback.app.bootstrap import Daemon, Options
from ringback.app.home import CannotStartError
from ringback.app.ports import Ports
from ringback.ports.store import StoreError
from ringback.store.sqlite import SqliteStore


async def answers(path) -> bool:
    try:
        _reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def test_nothing_is_left_of_an_account_whose_token_is_none(tmp_path):
    async def scene():
        daemon = Daemon(Options(tmp_path, buses=None, sound=False, ports=Ports(tcp=("127.0.0.1:0",))))
        await daemon.start()
        before = list(daemon._common.tickers)
        token = tmp_path / "eve/token"
        token.parent.mkdir()
        token.write_text("no token")
        with pytest.raises(CannotStartError, match="the token of account eve"):
            await daemon.add("eve")
        assert daemon._common.tickers == before
        assert list(daemon.runtimes) == ["me"]
        assert not await answers(tmp_path / "eve/api.sock")
        token.unlink()
        assert await daemon.add("eve") == [f"listening unix {tmp_path}/eve/api.sock"]
        assert await answers(tmp_path / "eve/api.sock")
        await daemon.stop()
        assert not list(tmp_path.glob("*/api.sock"))

    asyncio.run(scene())


def test_nothing_is_left_of_an_account_whose_rows_cannot_be_read(tmp_path, monkeypatch):
    def unreadable(_self, _kind):
        raise StoreError("ill")

    async def scene():
        daemon = Daemon(Options(tmp_path, buses=None, sound=False))
        await daemon.start()
        threads = threading.active_count()
        with monkeypatch.context() as ill:
            ill.setattr(SqliteStore, "load", unreadable)
            with pytest.raises(StoreError):
                await daemon.add("eve")
        assert threading.active_count() <= threads + 1, "the loop's own executor"
        assert not (tmp_path / "eve").exists()
        await daemon.stop()

    asyncio.run(scene())


def test_nothing_is_left_of_accounts_that_could_not_start(tmp_path):
    async def scene():
        daemon = Daemon(Options(tmp_path, ("me", "eve"), buses=None, sound=False))
        (tmp_path / "eve/api.sock").mkdir(parents=True)
        with pytest.raises(OSError, match=r"api\.sock"):
            await daemon.start()
        await daemon.abandon()
        assert not (tmp_path / "me").exists()
        assert sorted(path.name for path in (tmp_path / "eve").iterdir()) == ["account.sqlite", "api.sock"]

    asyncio.run(scene())
