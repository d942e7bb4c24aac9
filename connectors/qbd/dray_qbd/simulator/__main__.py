"""`python -m dray_qbd.simulator`: the same as `dray simulate qbd`."""

import sys

from dray_qbd.simulator.command import simulate

if __name__ == "__main__":
    sys.exit(simulate(sys.argv[1:]))
