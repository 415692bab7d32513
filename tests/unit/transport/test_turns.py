"""Many have more to be done than one turn of the loop has time for."""

import asyncio
import socket

from ringback.transport.turns import MANY, MOMENT, MUCH, SHARE, Row, Said
from support.loops import Loop


class Worker:
    """Has so many things to do, each of which takes so long."""

    def __init__(self, loop, things, seconds):
        self.loop, self.things, self.seconds = loop, things, seconds
        self.moments = []

    def go_on(self, until):
        begun = self.loop.seconds
        while self.things:
            self.things -= 1
            self.loop.seconds += self.seconds
            if self.loop.seconds >= until:
                break
        self.moments.append(self.loop.seconds - begun)
        return self.things > 0


def test_a_turn_is_no_longer_than_its_share_and_the_last_thing():
    loop = Loop()
    row, workers = Row(loop), [Worker(loop, 1000, 0.0001) for _ in range(100)]
    for worker in workers:
        row.join(worker)
    longest = 0.0
    while loop.soon:
        longest = max(longest, loop.turn())
    assert longest < SHARE + 0.0001 + 1e-9
    assert not any(worker.things for worker in workers)


def test_who_has_just_said_a_word_is_served_before_the_row():
    async def scene():
        loop, done = asyncio.get_running_loop(), []
        here, there = socket.socketpair()
        ended = loop.create_future()

        class Endless:
            def go_on(self, _until):
                """Takes all of a share."""
                end = loop.time() + SHARE
                while loop.time() <= end:
                    pass
                done.append("row")
                if len(done) == 3:
                    there.send(b"x")
                return not ended.done()

        def came():
            done.append("word")
            here.recv(1)
            ended.set_result(None)

        with here, there:
            loop.add_reader(here, came)
            row = Row(loop)
            row.join(Endless())
            await ended
            loop.remove_reader(here)
        return done

    assert asyncio.run(scene())[:4] == ["row", "row", "row", "word"]


def test_everybody_has_a_moment_before_anybody_has_another():
    loop = Loop()
    row, workers = Row(loop), [Worker(loop, 10_000, 0.0001) for _ in range(20)]
    for worker in workers:
        row.join(worker)
    for _ in range(50):
        loop.turn()
        done = [len(worker.moments) for worker in workers]
        assert max(done) - min(done) <= 1
    assert all(moment < MOMENT + 0.0001 + 1e-9 for worker in workers for moment in worker.moments)


def test_a_slow_thing_is_the_only_one_of_its_turn():
    loop = Loop()
    row, slow = Row(loop), Worker(loop, 3, 0.5)
    row.join(slow)
    assert [loop.turn() for _ in range(3)] == [0.5, 0.5, 0.5]
    assert not loop.soon


def test_who_joins_while_others_are_served_is_served_once_a_round():
    loop = Loop()
    row, late = Row(loop), Worker(loop, 1, 0.0)

    class Bringer(Worker):
        def go_on(self, until):
            row.join(late)
            return super().go_on(until)

    row.join(Bringer(loop, 1, 0.0001))
    loop.turn()
    assert len(loop.soon) <= 1
    while loop.soon:
        loop.turn()
    assert len(late.moments) == 1


def test_the_first_word_of_everybody_is_heard_at_once():
    loop, heard = Loop(), []
    row = Row(loop)
    programs = [Said(row, lambda word, number=number: heard.append((number, word))) for number in range(3)]
    for word in "abc":
        for program in programs:
            program.add(word)
    assert heard == [(0, "a"), (1, "a"), (2, "a")]
    loop.turn()
    assert sorted(heard, key=lambda item: item[0]) == [(n, word) for n in range(3) for word in "abc"]
    programs[0].add("d")
    assert heard[-1] == (0, "d")


def test_what_comes_behind_waits_behind():
    loop, heard = Loop(), []
    program = Said(Row(loop), heard.append)
    program.add(1)
    program.add(2)
    loop.soon = loop.soon[:0:-1]
    program.add(3)
    assert heard == [1]
    while loop.soon:
        loop.turn()
    assert heard == [1, 2, 3]


def test_not_more_than_so_much_waits():
    heard = []
    program = Said(Row(Loop()), heard.append)
    for number in range(MANY + 11):
        program.add(number)
    assert heard == list(range(11))


def test_not_more_bytes_wait_than_one_thing_may_have():
    loop, heard = Loop(), []
    program = Said(Row(loop), heard.append)
    program.add("now", MUCH)
    for word, size in (("a", 1), ("b", MUCH - 1), ("c", 1), ("d", MUCH), ("e", MUCH + 1)):
        program.add(word, size)
        assert heard[-1] == {"a": "now", "b": "now", "c": "a", "d": "c", "e": "e"}[word]
    program.add("f", MUCH)
    assert heard == ["now", "a", "b", "c", "d", "e"]
    while loop.soon:
        loop.turn()
    assert heard[-1] == "f"


def test_the_rest_of_one_who_leaves_is_done_in_its_turns():
    loop, heard = Loop(), []

    def slowly(word):
        loop.seconds += MOMENT
        heard.append(word)

    leaving, other = Said(row := Row(loop), slowly), Said(row, slowly)
    for word in "abcd":
        leaving.add(word)
    leaving.part(lambda: heard.append("left"))
    assert heard == ["a"]
    other.add("x")
    other.add("y")
    while loop.soon:
        loop.turn()
    assert heard == ["a", "x", "b", "y", "c", "d", "left"]
    other.part(lambda: heard.append("left, too"))
    assert heard[-1] == "left, too"


def test_the_rest_of_one_who_is_sent_away_is_done_at_once():
    loop, heard = Loop(), []
    program = Said(Row(loop), heard.append)
    for word in "abc":
        program.add(word)
    program.finish()
    assert heard == ["a", "b", "c"]
    while loop.soon:
        loop.turn()
    assert heard == ["a", "b", "c"]
