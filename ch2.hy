python: can't open file '/tmp/w/chosen.py': [Errno 2] No such file or directory
