"""Makes one load with our generator: the specification as JSON in the argument, the result as JSON on standard output.

A program of its own, which imports nothing but the generator, so that its memory and its CPU time are the generator's.
"""

import json
import sys

from fwcompare_loadgen import LoadSpec, start

sys.stdout.write(start(LoadSpec(**json.loads(sys.argv[1]))).wait().to_json())
