"""What is done behind people's backs: a job every so often, or when it is asked for.

    every     a `Job` says after how many seconds it is done again
    enqueue   `Shift.enqueue` asks for a job once more, with a few numbers to say about what
    run       `run` works until it is told to stop, and ends in good order

The database is the queue: a job only looks there for what is due. So what is asked for may be lost or doubled without
harm, and a worker that dies leaves nothing behind but work that is still due. Without a broker one process does it all
in threads; with one (`DRAY_BROKER_URL`), what is enqueued goes to whichever worker, on any machine, is free.
"""

from dray.background.jobs import Job, Shift, run_once
from dray.background.threads import Threads

__all__ = ["Job", "Shift", "Threads", "run_once"]
