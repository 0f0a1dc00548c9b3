"""What users saw of routekit at a known revision, kept as files.

Whoever rebuilds the insides changes none of it. A file differs for one of two reasons:

- *by mistake*: mend the code;
- *on purpose*, as when a fault is mended or a rule pack is edited: make that file anew, and look at its
  difference before it is committed, since each changed line is a change for somebody.

    python -m tests.golden.make telecom.diff       # the files whose names begin so
    python -m tests.golden.make                    # all of them

What is added to JSON is no difference: a key that an object did not have breaks nobody who reads it.
"""
