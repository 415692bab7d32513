"""What is begun on a connection ends with it."""

import asyncio
import gc

from ringback.network.xmpp import names
from ringback.network.xmpp.line import Refused
from support.stanzas import Shared


def test_what_is_cut_before_it_began_has_an_end_that_others_count_on():
    async def scene():
        shared, done = Shared(), []

        async def work():
            try:
                await shared.line.ask("get", names.element(names.ROSTER, "query"))
            except Refused as refused:
                done.append(refused.condition)
            finally:
                done.append("ended")

        shared.line.spawn(work())
        shared.line.cut()
        await shared.turn()
        assert done == ["timeout", "ended"]
        assert shared.wire.asked == []

    asyncio.run(scene())


def test_what_is_cut_before_it_began_is_over_without_complaint(recwarn):
    async def scene():
        shared, done = Shared(), []

        async def work():
            done.append("begun")
            await asyncio.sleep(0)
            done.append("ended")

        shared.line.spawn(work())
        shared.line.cut()
        await shared.turn()
        assert done == ["begun"]
        shared.line.spawn(work())
        await asyncio.sleep(0)
        shared.line.cut()
        await shared.turn()
        assert done == ["begun", "begun"]
        shared.line.spawn(work())
        await shared.turn()
        assert done == ["begun", "begun", "begun", "ended"]

    asyncio.run(scene())
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []
