// SPDX-License-Identifier: GPL-2.0
/* In place of cmd_report.c in a program without libtracecmd: see the Makefile. */
#include "commands.h"
#include "utils.h"

int cmd_report(int argc, char **argv)
{
	fail("this program was built without libtracecmd: use one that has it for the report, on any machine");
}
