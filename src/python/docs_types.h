/* The docstrings of the types. */
#ifndef ITT_PYTHON_DOCS_TYPES_H
#define ITT_PYTHON_DOCS_TYPES_H

#define DOC __attribute__((unused)) static const char

DOC doc_domain[] =
    "Domain(name)\n--\n\n"
    "The domain called name: a group of labels that can be switched on and off as a whole.\n"
    "\n"
    "Good wherever what domain_create() returns is. The same name is the same domain, in the whole\n"
    "process; Domains of one name are equal. Domains cannot be destroyed: make them once and keep them.\n"
    "VTune shows the domain with each task (Task Domain), itt as the category of the slice.\n"
    "\n"
    "Raises TypeError if name is not a str, ValueError if it has a NUL character in it.\n"
    "\n"
    "ITT function: __itt_domain_create.\n";

DOC doc_domain_name[] = "The name that it was made with.";

DOC doc_domain_enabled[] =
    "Whether its labels are passed on; set it to switch them off and on again.\n"
    "\n"
    "False also without a collector. A recording that begins switches all domains on. A task that is open\n"
    "while its domain is switched off stays open. Raises TypeError if set to anything but a bool.";

DOC doc_id[] =
    "Id(domain=None)\n--\n\n"
    "An id that is like no other, for overlapped tasks, regions, frames, parents and relations.\n"
    "\n"
    "It is unique among all threads, interpreters and processes, forked ones too. With a domain it is\n"
    "good for labels of that domain only, and the collector is told when it is made and when it goes;\n"
    "without, for all. Ids compare by their values and can be sent to other processes (pickle).\n"
    "\n"
    "Raises TypeError if domain is not a domain.\n"
    "\n"
    "ITT functions: __itt_id_create, __itt_id_destroy.\n";

DOC doc_id_value[] = "One of the three numbers that it consists of, each of 64 bits.";

DOC doc_id_from_values[] =
    "from_values($type, /, d1, d2=0, d3=0)\n--\n\n"
    "Return the Id of three numbers, good for all domains: one that another program or process made.\n"
    "\n"
    "Raises TypeError if one is not an int, ValueError if it is not in 0..2**64-1 or all are 0, which\n"
    "stands for no id.\n";

#endif
