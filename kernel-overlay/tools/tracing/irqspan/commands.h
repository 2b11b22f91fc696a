/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: each gets its own name as argv[0], and returns what to exit with. */
#ifndef IRQSPAN_COMMANDS_H
#define IRQSPAN_COMMANDS_H

int cmd_why(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_hist(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_export(int argc, char **argv);

#endif
