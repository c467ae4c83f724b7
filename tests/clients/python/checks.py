"""What every scenario needs: to say what it checked, and to stop at the first thing that is wrong."""

import json
import queue
import sys
import time

# Long enough for anything a healthy server does on a busy machine.
PATIENCE_S = 30


def check(what, fine, seen=None):
    """Prints one JSON line; ends the program with 1 when `fine` is false, showing what was `seen` instead."""
    line = {"check": what, "ok": bool(fine)}
    if not fine:
        line["seen"] = repr(seen)
    print(json.dumps(line), flush=True)
    if not fine:
        sys.exit(1)


def until(what, condition, limit_s=PATIENCE_S):
    """Asks again, a little less often each time, until `condition` returns something true; returns that."""
    end, pause_s, seen = time.monotonic() + limit_s, 0.005, None
    while time.monotonic() < end:
        seen = condition()
        if seen:
            check(what, True)
            return seen
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 0.2)
    check(what, False, f"nothing within {limit_s} s, last {seen!r}")


class Events:
    """What came in on a stream, in order."""

    def __init__(self):
        self._queue = queue.Queue()
        self._seen = []

    def put(self, name, payload):
        self._seen.append((name, payload))
        self._queue.put((name, payload))

    def has(self, name):
        """Whether any event of this name has come."""
        return any(event == name for event, _ in self._seen)

    def first(self, name):
        """The first event of this name, which must have come."""
        return next(payload for event, payload in self._seen if event == name)

    def expect(self, what, name, fits=lambda payload: True):
        """Waits for an event of this name that fits; others before it are passed over."""
        end, passed = time.monotonic() + PATIENCE_S, []
        while (left_s := end - time.monotonic()) > 0:
            try:
                event, payload = self._queue.get(timeout=left_s)
            except queue.Empty:
                break
            if event == name and fits(payload):
                check(what, True)
                return payload
            passed.append(event)
        check(what, False, f"no {name} within {PATIENCE_S} s, only {passed}")
