"""From the text of a policy to its tree: grammar, lexer, parser and the tree's nodes.

``grammar.lark`` is the grammar, ``tables.json`` its LALR tables as lark makes them, ``automaton`` runs by
them. ``lexer`` tells keywords from names by what the parser can take, ``builder`` makes the frozen nodes of
``tree``, ``parser`` goes on behind mistakes, and knows nothing of meaning.
"""
