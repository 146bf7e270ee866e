"""Media files as values in and files out: what one is, how one is made, marked and checked.

Knows no HTTP, no provider, no job, no clock. Import the modules by name: `model` costs nothing,
`probe`, `recipe`, `mark`, `render`, `still`, `excerpt` and `verify` load their codecs when they are
first called.
"""
