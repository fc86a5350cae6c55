"""Benchmarks: what a batch costs, measured."""
