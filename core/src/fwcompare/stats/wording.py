"""How reasons name blocks and amounts, so that they read the same wherever they are shown."""

from collections.abc import Iterable


def count(number: int, noun: str) -> str:
    """Write an amount: ``1 block``, ``3 blocks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def block_list(blocks: Iterable[int]) -> str:
    """Name blocks: ``block 2``, ``blocks 1, 4``."""
    numbers = [str(block) for block in blocks]
    return f"block{'' if len(numbers) == 1 else 's'} {', '.join(numbers)}"


def percent(share: float) -> str:
    """Write a share: ``2 %``."""
    return f"{share * 100:.3g} %"


def headline(reason: str) -> str:
    """Give what a table has room for of a trial's reason: who, and the first line of what was seen."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    return ": ".join(lines[:2]) or "no reason recorded"
