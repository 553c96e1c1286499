"""What perf script writes: how its text becomes stacks."""

import pytest

from fwcompare.profilers.perf_script import fold

SCRIPT = """\
tokio-rt-worker 
\t           9846a _int_realloc
\t           85ae0 <[u8; 4] as serde_core::ser::Serialize>::serialize
\t           8549b busyaxum::read_users::{{closure}} (inlined)
\t           8549b <F as axum::handler::Handler<((),),S>>::call::{{closure}}
\t           70475 tokio::runtime::task::core::Core<T,S>::poll::h0123456789abcdef
\tffffffffffffffff [unknown]
\tffffffffffffffff [unknown]

tokio-rt-worker 
\t           9846a _int_realloc
\t           85ae0 <[u8; 4] as serde_core::ser::Serialize>::serialize
\t           8549b busyaxum::read_users::{{closure}} (inlined)
\t           8549b <F as axum::handler::Handler<((),),S>>::call::{{closure}}
\t           70475 tokio::runtime::task::core::Core<T,S>::poll
\t               0 [unknown]

 my thread 2 
\tffffffff813a2413 finish_task_switch.isra.0
"""  # noqa: W291 - perf ends the thread's name with a space

STACK = (
    "tokio-rt-worker",
    "[unknown]",
    "tokio::runtime::task::core::Core<T,S>::poll",
    "<F as axum::handler::Handler<((),),S>>::call::{{closure}}",
    "busyaxum::read_users::{{closure}}",
    "<[u8; 4] as serde_core::ser::Serialize>::serialize",
    "_int_realloc",
)


def test_samples_are_folded_root_first_below_the_name_of_their_thread() -> None:
    assert fold(SCRIPT.splitlines(keepends=True)) == {
        STACK: 2,
        ("my thread 2", "finish_task_switch.isra.0"): 1,
    }


@pytest.mark.parametrize(
    ("text", "stack"),
    [
        ("worker \n\n", ("worker", "[unknown]")),
        (" \n\t  1f main\n\n", ("[unknown]", "main")),
        ("worker \n\t  1f \n\n", ("worker", "[unknown]")),
        ("worker \n\t  1f main", ("worker", "main")),
    ],
)
def test_a_sample_that_lacks_something_is_still_counted(text: str, stack: tuple[str, ...]) -> None:
    assert fold(text.splitlines(keepends=True)) == {stack: 1}
