"""Who is calling: signatures, keys, sealed texts, and how partners come by them."""
