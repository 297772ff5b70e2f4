import os
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.output import OutputLimit, bounded_lines


def lines_of(*chunks: bytes) -> list[str | None]:
    """Returns the lines read from some writes, each of which is read before the next."""
    reading, writing = os.pipe()
    left = list(chunks)

    def write_next() -> None:
        if left:
            os.write(writing, left.pop(0))
        else:
            os.close(writing)

    def waits() -> None:
        write_next()

    try:
        return list(bounded_lines(reading, waits))
    finally:
        os.close(reading)


class BoundedLinesTests(SynchronousTestCase):
    def test_lines_are_read_whole_from_writes_of_any_size(self) -> None:
        self.assertEqual(lines_of(b"one\ntw", b"o\r\n\nthree"), ["one", "two", "", "three"])

    def test_a_line_over_64_KiB_is_cut_with_the_number_of_bytes_left_out(self) -> None:
        part = b"x" * 50_000
        self.assertEqual(
            lines_of(part, part, b"xx\nshort\n"),
            ["x" * 65_536 + " … (34466 more bytes left out)", "short"],
        )

    def test_a_cut_line_ends_with_a_whole_character(self) -> None:
        (line,) = lines_of(b"x" + "é".encode() * 20_000, "é".encode() * 15_000)
        self.assertEqual(line, "x" + "é" * 32_767 + " … (4465 more bytes left out)")

    def test_reading_waits_no_longer_than_its_limit(self) -> None:
        reading, writing = os.pipe()
        lines = bounded_lines(reading, lambda: 0.01)
        self.assertIsNone(next(lines))
        os.write(writing, b"late\n")
        self.assertEqual(next(lines), "late")
        os.close(writing)
        self.assertEqual(list(lines), [])
        os.close(reading)


class OutputLimitTests(SynchronousTestCase):
    def limit(self) -> tuple[OutputLimit, list[tuple[int, int]], Callable[[float], None]]:
        now = [100.0]
        said: list[tuple[int, int]] = []
        limit = OutputLimit(lambda *lost: said.append(lost), lambda: now[0])
        return limit, said, lambda seconds: now.__setitem__(0, now[0] + seconds)

    def test_one_mebibyte_a_second_passes_and_the_rest_is_counted(self) -> None:
        limit, said, advance = self.limit()
        line = "x" * 65_536
        self.assertEqual([limit.lets(line) for _ in range(18)], [True] * 16 + [False] * 2)
        self.assertEqual((said, limit.remaining()), ([], 1.0))
        advance(1)
        self.assertTrue(limit.lets(line))
        self.assertEqual((said, limit.remaining()), ([(2, 131_072)], None))

    def test_five_thousand_lines_a_second_pass(self) -> None:
        limit, said, _ = self.limit()
        self.assertEqual(sum(limit.lets("") for _ in range(7000)), 5000)
        limit.end()
        limit.end()
        self.assertEqual(said, [(2000, 0)])
