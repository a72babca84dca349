"""What the questions and answers of all endpoints have in common, whatever the system.

request, wanted, dates  a question, the options of its answer, and the dates it may name
given, reading, one_map what is asked with: tables and datasets from Python, uploads, a map
mistakes                what is wrong with a request, in words
dataset, view           an answer as a CF dataset, and the part of it that was asked for
warnings, departure     what an answer is to be doubted for
parts                   finished parts of a large answer, kept until the whole is written
"""
