"""Whether the kernel lets us look into another process: what is said, for whom, with what to do."""

import pytest

from fwcompare.profilers.ptrace import refusal


@pytest.mark.parametrize(
    ("scope", "may_trace_any", "reason"),
    [
        (0, False, None),
        (1, True, None),
        (2, True, None),
        (1, False, "sysctl kernel.yama.ptrace_scope=0"),
        (2, False, "SYS_PTRACE"),
        (3, True, "until it is booted anew"),
    ],
)
def test_the_kernels_ptrace_scope_decides_whether_it_can_be_used(
    *, scope: int, may_trace_any: bool, reason: str | None
) -> None:
    said = refusal(scope, may_trace_any=may_trace_any)

    assert said is None if reason is None else reason in str(said)
