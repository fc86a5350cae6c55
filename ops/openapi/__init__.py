"""The OpenAPI document, made of the types that the contracts read: `make openapi` writes it.

`schemas` makes JSON Schemas of types, `operations` what operations are made of. The others
are one contract each: `PATHS` its operations, `SCHEMAS` what these speak of.
"""
