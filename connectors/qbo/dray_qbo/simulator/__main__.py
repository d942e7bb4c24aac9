"""`python -m dray_qbo.simulator`: the same as `dray simulate qbo`."""

import sys

from dray_qbo.simulator.command import simulate

if __name__ == "__main__":
    sys.exit(simulate(sys.argv[1:]))
