"""Jobs beside the loop: in order, answered once, and never waited for too long."""

import asyncio
import threading

import pytest

from ringback.media import worker as module
from ringback.media.worker import InlineWorker, ThreadWorker


def run(story):
    async def play():
        loop = asyncio.get_running_loop()
        worker = ThreadWorker(loop, "test")
        told = asyncio.Queue()
        try:
            await asyncio.wait_for(story(worker, told), 20)
        finally:
            worker.stop()

    asyncio.run(play())


def test_jobs_are_done_in_another_thread_in_their_order():
    async def story(worker, told):
        for n in range(5):
            worker.do(lambda n=n: (n, threading.current_thread().name), told.put_nowait)
        assert [await told.get() for _ in range(5)] == [(n, "test") for n in range(5)]

    run(story)


@pytest.mark.parametrize("worker", [InlineWorker(), None])
def test_what_a_job_raises_is_told(worker):
    async def story(thread, told):
        (worker or thread).do(lambda: 1 // 0, told.put_nowait)
        assert isinstance(await told.get(), ZeroDivisionError)

    run(story)


class Thing:
    def __init__(self):
        self.closed = threading.Event()

    def close(self):
        self.closed.set()


def test_a_job_that_hangs_is_answered_and_what_it_brings_too_late_is_closed(monkeypatch, caplog):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    go, thing = threading.Event(), Thing()

    def hang():
        go.wait(20)
        return thing

    async def story(worker, told):
        worker.do(hang, told.put_nowait)
        assert isinstance(await told.get(), TimeoutError)
        monkeypatch.setattr(module, "PATIENCE", 20)
        go.set()
        worker.do(lambda: "next", told.put_nowait)
        assert await told.get() == "next"
        await asyncio.get_running_loop().run_in_executor(None, thing.closed.wait, 20)
        assert thing.closed.is_set()
        assert told.empty()

    run(story)
    assert caplog.messages == ["test: no answer within 0 s"]


def test_a_worker_that_has_stopped_says_so():
    async def story(worker, told):
        worker.do(lambda: 1, told.put_nowait)
        assert await told.get() == 1
        worker.stop()
        worker.do(lambda: 2, told.put_nowait)
        assert isinstance(await told.get(), RuntimeError)

    run(story)


def test_what_a_last_job_brings_is_closed_at_the_end():
    thing, begun = Thing(), threading.Event()

    def bring():
        begun.set()
        return thing

    async def story(worker, told):
        worker.do(bring, told.put_nowait)
        begun.wait(20)
        worker.stop()
        await asyncio.sleep(0)
        assert thing.closed.is_set()
        assert told.empty()

    run(story)


def test_the_end_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(module, "PARTING", 0.05)
    go = threading.Event()

    async def story(worker, told):
        worker.do(lambda: go.wait(20), told.put_nowait)
        worker.stop()
        go.set()

    run(story)


def test_a_job_after_a_result_that_cannot_be_closed_is_done_all_the_same(monkeypatch, caplog):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    go = threading.Event()

    class Stuck:
        def close(self):
            raise OSError("gone")

    def hang():
        go.wait(20)
        return Stuck()

    async def story(worker, told):
        worker.do(hang, told.put_nowait)
        assert isinstance(await told.get(), TimeoutError)
        monkeypatch.setattr(module, "PATIENCE", 20)
        go.set()
        for n in range(20):
            worker.do(lambda n=n: n, told.put_nowait)
        assert [await told.get() for _ in range(20)] == list(range(20))

    run(story)
    assert "test: a job failed" in caplog.messages
