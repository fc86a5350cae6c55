"""Row push: a manufacturer pushes rows of a declared data set in numbered sequences.

`datasets` reads the declarations, `rows` verifies rows against them, `calls` reads and
answers pushes, `status` looks batches up.
"""

CONTRACT = "push"
SHARDS = 2
"""Over how many shards a data set's rows are spread, for ever: records lie by it."""
