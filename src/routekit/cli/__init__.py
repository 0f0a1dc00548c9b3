"""The commands: arguments, colours, files in and out; what they do is done by the library."""
