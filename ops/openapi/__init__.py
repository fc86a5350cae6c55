"""The OpenAPI document, made of the types that the contracts read: `make openapi` writes it.

`schemas` makes JSON Schemas of types, `operations` what operations are made of. Of each
contract there is a module with `PATHS`, its operations, and `SCHEMAS`, what they speak of;
`document` puts them together.
"""
