"""What is kept of what a child prints."""

from plants.sandbox.process import KEPT_OUTPUT, Output


def test_of_a_flood_the_beginning_and_the_end_are_kept():
    output = Output()
    for _ in range(10):
        output.add(b"a" * KEPT_OUTPUT)
    output.add(b"the end")
    assert output.total_bytes == 10 * KEPT_OUTPUT + 7
    # 64 KiB of beginning and 64 KiB of end stay; 8 * 64 KiB and 7 bytes between them do not.
    assert f"\n... {8 * KEPT_OUTPUT + 7} bytes left out ...\n" in output.text
    assert output.text.startswith("aaa") and output.text.endswith("athe end")
    assert len(output.text) < 2 * KEPT_OUTPUT + 100
