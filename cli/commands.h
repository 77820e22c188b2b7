#ifndef HOOKSWITCH_COMMANDS_H
#define HOOKSWITCH_COMMANDS_H

#include "command.h"

/* The subcommands, each in the file of its name. */
extern const struct command command_explain;
extern const struct command command_replay;
extern const struct command command_send;
extern const struct command command_sign;

#endif
