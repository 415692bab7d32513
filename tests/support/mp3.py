"""MP3 files made by hand: a steady hum in MPEG 1 layer III frames (ISO/IEC 11172-3, 2.4.1), mono."""

from __future__ import annotations

#: Samples of a frame, and a second.
FRAME, HERTZ = 1152, 44_100
#: Bytes of a frame at 64 kbit/s; layer III, no checksum, no padding, one channel.
_BYTES = 208
_HEADER = bytes([0xFF, 0xFB, 0x50, 0xC4])
#: Frequency lines of a granule: each is so wide.
WIDTH = HERTZ / 2 / 576


def _quads(line: int) -> str:
    """One frequency line at +1, those below at 0, in fours by Huffman table B: a quad's bits, upside down."""
    code = 15 - (8 >> line % 4)
    return "1111" * (line // 4) + f"{code:04b}" + "0"


def _frame(line: int, gain: int) -> bytes:
    granule = _quads(line)
    # part2_3_length, big_values, global_gain, scalefac_compress, window switching, three tables and two
    # regions, preflag, scalefac_scale, count1table_select
    side = f"{len(granule):012b}{0:09b}{gain:08b}{0:04b}" + "0" + "0" * 22 + "001"
    # main_data_begin, private bits, scfsi
    bits = "0" * (9 + 5 + 4) + side * 2 + granule * 2
    content = int(bits.ljust(8 * (_BYTES - len(_HEADER)), "0"), 2).to_bytes(_BYTES - len(_HEADER), "big")
    return _HEADER + content


def hum(seconds: float, line: int = 11, gain: int = 202) -> bytes:
    """A file that hums near ``(line + 0.5) * WIDTH`` Hz."""
    return _frame(line, gain) * round(seconds * HERTZ / FRAME)


def tagged(sound: bytes, title: str = "hum") -> bytes:
    """With an ID3 tag in front, as most files have one."""
    text = b"\x03" + title.encode()
    entry = b"TIT2" + len(text).to_bytes(4, "big") + b"\0\0" + text
    return b"ID3\x04\0\0" + bytes([0, 0, 0, len(entry)]) + entry + sound
