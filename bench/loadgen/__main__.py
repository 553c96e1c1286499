"""``python bench/loadgen``: our load generator beside its peers; ``--help`` lists what can be asked."""

import sys

from loadgen_bench.cli import main

sys.exit(main())
