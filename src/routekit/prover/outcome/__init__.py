"""Who decides, and each part of what is decided, as literals of the formula."""
