"""What programs of ours are told comes in the order of the wire, answers included."""

import asyncio

from ringback.tools.attach import StreamProgram


def told(sent, timeout=None):
    heard = []

    async def talk():
        reader = asyncio.StreamReader()

        class Writer:
            def write(self, data):
                # All of it comes in one piece.
                reader.feed_data(b"".join(line.encode() + b"\0" for line in sent))

            async def drain(self):
                pass

        program = StreamProgram(reader, Writer(), heard.append)
        program.listen()
        try:
            heard.append("= " + await asyncio.wait_for(program.ask("CALL x"), timeout))
        except TimeoutError:
            heard.append("late")
            reader.feed_data(b"#1 OK\0CALL 2 STATUS RINGING\0")
        for _ in range(5):
            await asyncio.sleep(0)
        program._task.cancel()

    asyncio.run(talk())
    return heard


def test_an_answer_comes_before_what_follows_it():
    sent = ["USER a ONLINESTATUS AWAY", "#1 CALL 1 STATUS UNPLACED", "CALL 1 STATUS ROUTING"]
    assert told(sent) == ["USER a ONLINESTATUS AWAY", "= CALL 1 STATUS UNPLACED", "CALL 1 STATUS ROUTING"]


def test_an_answer_that_nobody_waits_for_any_more_is_no_notification():
    assert told([], 0.01) == ["late", "CALL 2 STATUS RINGING"]
