"""From the text of a policy to its tree: grammar, lexer, parser and the tree's nodes."""
