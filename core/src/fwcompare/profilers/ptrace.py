"""Whether the kernel would let us look into another process of the same user.

Decides from what the kernel publishes, without trying it on anybody. Leaves out security modules other than
Yama and a container's seccomp filter: what they refuse shows when a profiler is attached.
"""

from pathlib import Path

_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_YAMA_NONE = 3
_CAP_SYS_PTRACE = 19  # linux/capability.h


def refusal_here() -> str | None:
    """Say why the kernel of this host would not let us, with what to do; None when it would."""
    return refusal(_ptrace_scope(), may_trace_any=_may_trace_any())


def refusal(scope: int, *, may_trace_any: bool) -> str | None:
    """Say why the kernel would not let us look into another process, with what to do; None when it would.

    :param scope: ``kernel.yama.ptrace_scope``: 0 own processes, 1 own descendants, 2 with CAP_SYS_PTRACE, 3 none
        (Linux, Documentation/admin-guide/LSM/Yama.rst).
    :param may_trace_any: whether we hold CAP_SYS_PTRACE.
    """
    if scope == 0 or (may_trace_any and scope < _YAMA_NONE):
        return None
    seen = f"the kernel forbids to look into other processes (kernel.yama.ptrace_scope = {scope})"
    if scope >= _YAMA_NONE:
        return f"{seen} until it is booted anew with a lower value"
    return f"{seen}: sudo sysctl kernel.yama.ptrace_scope=0, or give CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE)"


def _ptrace_scope() -> int:
    try:
        return int(_YAMA.read_text(encoding="ascii"))
    except FileNotFoundError:  # a kernel without Yama
        return 0


def _may_trace_any() -> bool:
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except FileNotFoundError:  # no Linux
        return False
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> _CAP_SYS_PTRACE & 1)
