"""The simulation: booking as it is, in a world that is made up, and the promises P1 to P7 checked all the while.

Real are the shift, the desk with all its rules, the sheets, the publishing and the log in memory; simulated are the
clocks, the network, Kafka, and the misfortune of processes. One seed decides everything, so whatever goes wrong can be
had again. `make simulate SEEDS=10000` plays so many; what breaks a promise is shrunk to the steps that are needed.

    clockwork, bus, wires, processes, world    what is simulated
    author, scene, repertoires/                who makes up what happens: a new feature adds one module of commands
    seen, mirror, promises/                    who watches: a new invariant is one more check
    play, seeds, shrink, __main__              one seed, many of them, and what is told of them
"""
