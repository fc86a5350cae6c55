"""The local stack: the real template on an emulator of AWS, without an account.

`make up`, `make run` and the stack tests all go through here.
"""
