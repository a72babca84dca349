"""Many files of profiles as one.

gather      reads them, chooses, and writes the one file
listing     which files these are
duplicates  profiles that several files hold
one_file    the file that is written: EN4's form
"""
