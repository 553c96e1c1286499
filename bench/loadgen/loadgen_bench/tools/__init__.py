"""The load generators that are compared: one module a tool, which knows its flags and reads what it says.

Each refuses what it cannot do, with the reason, and raises when its load had errors. Leaves out installing
(``install.py``) and running (``running.py``).
"""

from typing import Final

from loadgen_bench.tools.ab import Ab
from loadgen_bench.tools.h2load import H2load
from loadgen_bench.tools.oha import Oha
from loadgen_bench.tools.ours import Ours
from loadgen_bench.tools.tool import Tool
from loadgen_bench.tools.wrk import Wrk

OURS: Final[Tool] = Ours()
TOOLS: Final[tuple[Tool, ...]] = (OURS, Wrk(), Oha(), Ab(), H2load())
