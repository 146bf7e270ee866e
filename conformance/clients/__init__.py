"""Judges clients: any program, put into one case after the other, each in a world of its own.

Drives the simulator's protocol for cases over HTTP, as any other self-driving client would; what
is right and wrong is decided there.
"""
