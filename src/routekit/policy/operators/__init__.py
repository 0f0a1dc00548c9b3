"""The operators of the language, a row each: what an operator means, and what is known of it."""
