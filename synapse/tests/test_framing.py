import json
from math import inf, nan
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.framing import MAX_FRAME_BYTES, FrameError, FrameParser, Written, frame, to_json


def parse(*pieces: bytes) -> list[dict[str, Any]]:
    parser = FrameParser()
    return [message for piece in pieces for message in parser.feed(piece)]


class FramingTests(SynchronousTestCase):
    def test_messages_are_read_from_pieces_of_any_size(self) -> None:
        messages: list[dict[str, Any]] = [{"a": 1}, {"text": "Ünïcode 🎉"}, {"long": "x" * 5000}]
        stream = b"".join(map(frame, messages))
        self.assertEqual(parse(stream), messages)
        self.assertEqual(parse(*(bytes([byte]) for byte in stream)), messages)

    def test_an_encoded_part_is_written_as_it_is_anywhere_in_a_message(self) -> None:
        entries = Written(to_json(["Ünïcode 🎉", {"a": None}]))
        message = {"a": entries, "b": [Written(b"1"), "x", {"c": entries}]}
        self.assertEqual(
            parse(frame(message)),
            [
                {
                    "a": ["Ünïcode 🎉", {"a": None}],
                    "b": [1, "x", {"c": ["Ünïcode 🎉", {"a": None}]}],
                }
            ],
        )

    def test_a_value_that_json_cannot_carry_is_named(self) -> None:
        error = self.assertRaises(TypeError, frame, {"a": [object()]})
        self.assertEqual(str(error), "JSON has no form for object")

    def test_numbers_that_json_lacks_are_refused_rather_than_sent(self) -> None:
        for number in (nan, inf, -inf):
            self.assertRaises(ValueError, frame, {"a": number})
            self.assertRaises(ValueError, frame, {"a": number, "b": Written(b"1")})

    def test_other_headers_are_accepted_in_any_case(self) -> None:
        self.assertEqual(parse(b"Content-Type: x\r\ncontent-length: 2\r\n\r\n{}"), [{}])

    def test_an_incomplete_message_waits_for_the_rest(self) -> None:
        self.assertEqual(parse(frame({"a": 1})[:-1]), [])

    def test_malformed_frames_are_refused(self) -> None:
        for stream, expected in (
            (b"HTTP/1.1 200 OK\r\n\r\n", "a header of another protocol: b'HTTP/1.1 200 OK'"),
            (b"Host: x\r\nContent-Length: 2\r\n\r\n{}", "a header of another protocol: b'Host: x'"),
            (b"Content-Type: x\r\n\r\n{}", "a header without one Content-Length"),
            (
                b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                "a header without one Content-Length",
            ),
            (b"x" * 5000, "no end of a header"),
            (b"Content-Length: -1\r\n\r\n", "Content-Length is not a number"),
            (b"Content-Length: 1e3\r\n\r\n", "Content-Length is not a number"),
            (b"Content-Length: 52428800\r\n\r\n", "a message of 52428800 bytes is longer than"),
            (b"Content-Length: 3\r\n\r\nabc", "a message isn't JSON"),
            (b"Content-Length: 2\r\n\r\n[]", "a message is not an object, but list"),
            (b"Content-Length: 1\r\n\r\n\xff", "a message isn't JSON"),
            (b"Content-Length: 99999\r\n\r\n" + b"[" * 99999, "a message isn't JSON"),
        ):
            error = self.assertRaises(FrameError, parse, stream)
            self.assertIn(expected, str(error))

    def test_a_message_over_the_size_limit_is_not_sent(self) -> None:
        error = self.assertRaises(FrameError, frame, {"text": "x" * MAX_FRAME_BYTES})
        self.assertIn("is longer than", str(error))

    def test_the_length_is_in_bytes(self) -> None:
        header, _, body = frame({"é": 1}).partition(b"\r\n\r\n")
        self.assertEqual(header, b"Content-Length: %d" % len(body))
        self.assertEqual(json.loads(body), {"é": 1})
