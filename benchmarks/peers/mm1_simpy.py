"""M/M/1 at utilisation 0.8 with SimPy: python3 mm1_simpy.py textbook|lean CUSTOMERS

Prints one line of JSON; the seconds are processor time. The garbage collector and the generator of random numbers are Python's own.
"""
import collections
import json
import random
import sys
import time

import simpy

ARRIVAL_RATE = 0.8
SERVICE_RATE = 1.0


class Tally:
    """What both ways count."""

    def __init__(self, env, customers):
        self.env = env
        self.left = customers
        self.sojourn = 0.0
        self.done = env.event()

    def departed(self, arrived_at):
        self.sojourn += self.env.now - arrived_at
        self.left -= 1
        if self.left == 0:
            self.done.succeed()


def textbook(env, tally):
    """As the manual does it: a resource, and a process for each customer."""
    server = simpy.Resource(env, capacity=1)

    def customer():
        arrived_at = env.now
        with server.request() as request:
            yield request
            yield env.timeout(random.expovariate(SERVICE_RATE))
        tally.departed(arrived_at)

    def arrivals():
        while True:
            yield env.timeout(random.expovariate(ARRIVAL_RATE))
            env.process(customer())

    env.process(arrivals())


def lean(env, tally):
    """As few events as SimPy allows: one process for arrivals, one for the server, and a queue of plain numbers between them."""
    queue = collections.deque()
    idle = None

    def arrivals():
        nonlocal idle
        while True:
            yield env.timeout(random.expovariate(ARRIVAL_RATE))
            queue.append(env.now)
            if idle is not None:
                idle.succeed()
                idle = None

    def server():
        nonlocal idle
        while True:
            if not queue:
                idle = env.event()
                yield idle
            yield env.timeout(random.expovariate(SERVICE_RATE))
            tally.departed(queue.popleft())

    env.process(arrivals())
    env.process(server())


def main(way, customers):
    random.seed(1)
    env = simpy.Environment()
    tally = Tally(env, customers)
    {"textbook": textbook, "lean": lean}[way](env, tally)
    start = time.process_time()
    env.run(until=tally.done)
    seconds = time.process_time() - start
    print(json.dumps({"customers": customers, "seconds": seconds, "meanSojourn": tally.sojourn / customers}))


main(sys.argv[1], int(sys.argv[2]))
